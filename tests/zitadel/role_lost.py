"""Recorded runs of a ZITADEL server whose account loses its role, served as they were recorded."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any

from tests.zitadel.recordings import Asked, Exchange, Item, recorded, shape, truth
from tests.zitadel.replay import Answers, Replay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = "4.13.1/role_lost_run"
LATEST = "before_opt_in_no_role_left"
"""The run that had asked for most before the loss."""


class RoleLost(Replay):
    """A run whose account loses its role over the instance in the middle.

    It is lost as soon as all has been asked for that the recorded run asked before. Until then,
    what that run did not ask is answered as another one before its loss, on the same server, or
    as its database has it; from then on as other runs were after it, where that is a refusal or
    an empty listing.

    Attributes:
        lost: Whether the role is gone.
    """

    def __init__(self, name: str) -> None:
        before, after = _around_the_loss(name)
        super().__init__(f"{FOLDER}/{name}")
        self.lost, self._due = False, {each.asked.listing for each in before}
        self._before, self._after = Answers(before), Answers(after)
        other = _around_the_loss(LATEST)[0]
        self._other = Answers(other)
        listed = [each.items for each in (*before, *other) if each.asked.path == "/v2/users"]
        self._held = Answers(_held(chain.from_iterable(listed)))
        self._left = "organization" if "organization_role_left" in name else "nothing"
        self._checked = "permission_check_v2" in name

    def to(self, asked: Asked) -> Exchange | None:
        self.lost = self.lost or not self._due
        self._due.discard(asked.listing)
        if self.lost:
            return self._after.to(asked) or self._refused(asked)
        sources = (self._before, self._other, self._held)
        found = (source.to(asked) for source in sources)
        return next((each for each in found if each), None) or self.allowed(asked)

    def _refused(self, asked: Asked) -> Exchange | None:
        """As to others with the same role left; where these see rows, they are of their own
        organization, which the run asked for: of the rest one sees as little as without a role."""
        for left in (self._left, "nothing"):
            model = self.models.get((left, asked.method, shape(asked.path), self._checked))
            if model and not (model.status == 200 and model.items):
                return model
        return None


def _around_the_loss(name: str) -> tuple[list[Exchange], list[Exchange]]:
    """What was answered before the role was lost, and after."""
    lines = recorded(f"{FOLDER}/{name}")
    at = next(number for number, line in enumerate(lines) if "event" in line)
    exchanges = list(map(Exchange.of, lines))
    return exchanges[:at], exchanges[at:]


def _held(users: Iterable[Item]) -> Iterator[Exchange]:
    """What no run asked for before its loss, out of the server's database.

    Of the account itself that has nothing, which is right: it has neither metadata nor factors.
    """
    tables = truth(FOLDER)["instance_account"]
    yield _listing("/v2/sessions/search", None, "sessions", map(_session, tables["sessions"]))
    metadata = _by(tables["organization_metadata"], "organization_id")
    for each in tables["organizations"]:
        rows = map(_metadata, metadata[each["id"]])
        path = f"/v2/organizations/{each['id']}/metadata/search"
        yield _listing(path, each["id"], "metadata", rows)
    metadata = _by(tables["user_metadata"], "user_id")
    links = _by(tables["user_idp_links"], "user_id")
    methods = _by(tables["user_auth_methods"], "user_id")
    for user in users:
        key, home = user["userId"], user["details"]["resourceOwner"]
        path = f"/v2/users/{key}"
        rows = map(_metadata, metadata[key])
        yield _listing(f"{path}/metadata/search", home, "metadata", rows)
        yield _listing(f"{path}/links/_search", home, "result", map(_link, links[key]))
        told = {"authMethodTypes": [row["auth_method"] for row in methods[key]]}
        yield Exchange(Asked("GET", f"{path}/authentication_methods"), 200, told)


def _by(rows: Iterable[Item], column: str) -> dict[str, list[Item]]:
    found = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def _listing(path: str, home: str | None, name: str, rows: Iterable[Item]) -> Exchange:
    items = list(rows)
    about: dict[str, Any] = {"totalResult": str(len(items))} if items else {}
    place = "pagination" if name == "metadata" else "details"
    body = {place: about, name: items} if items else {place: about}
    asked = Asked("POST", path, organization=home, json={"query": {"asc": True}})
    return Exchange(asked, 200, body)


def _session(row: Item) -> Item:
    user = {"id": row["user_id"], "organizationId": row["organization_id"]}
    factors = {"user": user} if row["user_id"] else {}
    dates = {"creationDate": row["creation_date"], "changeDate": row["change_date"]}
    return {"id": row["id"], "factors": factors, **dates}


def _metadata(row: Item) -> Item:
    return {"key": row["key"], "value": row["value_base64"], "creationDate": row["creation_date"]}


def _link(row: Item) -> Item:
    return {
        "idpId": row["idp_id"],
        "userId": row["provided_user_id"],
        "userName": row["provided_user_name"],
    }
