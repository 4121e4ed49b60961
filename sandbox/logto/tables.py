"""The company as the tables of a PostgreSQL would hold it: rows in heap order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from sandbox.model import Api, Assignment, Membership, Organization, Permission, Role, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sandbox.access import Access
    from sandbox.company import Company
    from sandbox.logto.paging import Window

RESOURCE = "https://default.logto.app/api"
"""The indicator of the Management API itself."""

_T = TypeVar("_T", bound=Thing)


class Tables:
    """A table per kind of thing.

    A change of a row makes a new version of it, which goes to the end of its table.
    A query without ORDER BY shows that order. Memberships are kept by organization, and
    assignments by role, so that changing one moves neither organization nor role.
    """

    def __init__(self, company: Company) -> None:
        self.company = company
        self._rows: dict[object, dict[str, Thing]] = {}
        for thing in _built_in(company.founded):
            self.saved(thing)

    @property
    def access(self) -> Access:
        return self.company.access

    def saved(self, thing: Thing) -> None:
        rows = self._rows.setdefault(_table_of(thing), {})
        rows.pop(thing.id, None)
        rows[thing.id] = thing

    def dropped(self, thing: Thing) -> None:
        self._rows.get(_table_of(thing), {}).pop(thing.id, None)

    def all(self, kind: type[_T], keep: Callable[[_T], bool] | None = None) -> list[_T]:
        """Things of a kind, in heap order."""
        rows: list[Any] = list(self._rows.get(kind, {}).values())
        return rows if keep is None else [row for row in rows if keep(row)]

    def find(self, kind: type[_T], identifier: str) -> _T | None:
        found = self._rows.get(kind, {}).get(identifier)
        return cast("_T | None", found)

    def memberships(self, organization: str, holder: type[Thing]) -> list[Membership]:
        """Memberships of an organization, of people or of applications, in heap order."""
        rows: list[Any] = list(self._rows.get((Membership, organization), {}).values())
        return [member for member in rows if isinstance(member.holder, holder)]

    def member(self, organization: Organization | str, holder: str) -> Membership | None:
        identifier = organization if isinstance(organization, str) else organization.id
        return self.access.memberships.get(identifier, {}).get(holder)

    def holders(self, role: Role, kind: type[_T]) -> list[_T]:
        """People or applications that hold a role of the tenant, in the order of assignment."""
        rows: list[Any] = list(self._rows.get((Assignment, role.id), {}).values())
        return [row.holder for row in rows if isinstance(row.holder, kind)]

    def holds(self, role: Role, holder: str) -> bool:
        return holder in self.access.assignments.get(role.id, {})


def _table_of(thing: Thing) -> object:
    if isinstance(thing, Membership):
        return Membership, thing.organization.id
    if isinstance(thing, Assignment):
        return Assignment, thing.role.id
    return type(thing)


def _built_in(founded: datetime) -> Iterable[Thing]:
    """What each Logto has before anything is made: its own API, with one permission."""
    api = Api(
        id="management-api", number=0, name="Logto Management API", identifier=RESOURCE,
        created=founded, changed=founded,
    )  # fmt: skip
    about = "Default scope for Management API, allows all permissions."
    yield api
    yield Permission(
        id="management-api-all", number=0, name="all", description=about, api=api,
        created=founded, changed=founded,
    )  # fmt: skip


# The orders of lists


def heap(rows: list[Any], window: Window | None) -> list[Any]:
    """No ORDER BY: as the table has them."""
    return rows


def by_id(rows: list[Any], window: Window | None) -> list[Any]:
    return sorted(rows, key=lambda row: row.id)


def by_holder(rows: list[Any], window: Window | None) -> list[Any]:
    return sorted(rows, key=lambda member: member.holder.id)


def by_name(rows: list[Any], window: Window | None) -> list[Any]:
    return sorted(rows, key=lambda row: row.name)


def newest(rows: list[Any], window: Window | None) -> list[Any]:
    """ORDER BY created_at DESC, and nothing that orders rows of the same moment.

    What is kept in order is what PostgreSQL makes of it: where fewer than half of the rows
    are needed, it keeps the best ones in a heap, and rows of the same moment come out of
    that in an order that depends on how many are needed. So two pages may show the same
    row, and another may be on no page.
    """
    keyed = [(-_moment(row).timestamp(), row) for row in rows]
    if window is None or len(keyed) <= 2 * window.bound:
        return [row for _, row in sorted(keyed, key=lambda each: each[0])]
    return [row for _, row in _first(keyed, window.bound)]


def _moment(row: Any) -> datetime:
    moment: datetime = row.at if hasattr(row, "at") else row.created
    return moment


def _first(keyed: list[tuple[float, Any]], bound: int) -> list[tuple[float, Any]]:
    """The first rows in order, by a heap whose top is the last of them."""
    kept: list[tuple[float, Any]] = []
    for row in keyed:
        if len(kept) < bound:
            _insert(kept, row)
        elif row[0] < kept[0][0]:
            _replace_top(kept, len(kept), row)
    for size in range(len(kept) - 1, 0, -1):
        top = kept[0]
        _replace_top(kept, size, kept[size])
        kept[size] = top
    return kept


def _insert(kept: list[tuple[float, Any]], row: tuple[float, Any]) -> None:
    kept.append(row)
    at = len(kept) - 1
    while at and row[0] > kept[(at - 1) // 2][0]:
        kept[at] = kept[(at - 1) // 2]
        at = (at - 1) // 2
    kept[at] = row


def _replace_top(kept: list[tuple[float, Any]], size: int, row: tuple[float, Any]) -> None:
    at = 0
    while (below := 2 * at + 1) < size:
        if below + 1 < size and kept[below][0] < kept[below + 1][0]:
            below += 1
        if row[0] >= kept[below][0]:
            break
        kept[at] = kept[below]
        at = below
    kept[at] = row
