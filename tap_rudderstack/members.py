"""Group memberships, cross-checked between the list of groups, single groups and users."""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from identity_sdk import (
    ApiError,
    EachOf,
    FanOut,
    Filtered,
    IdentityTap,
    InTurn,
    Item,
    ListingResult,
    NotFound,
    Pager,
    Reading,
    Readings,
    Rejected,
    Request,
    Response,
    SeenKeys,
    Unsupported,
    fill,
    in_memory,
    one_response,
    result_of,
)
from tap_rudderstack.client import ScimStream, resource
from tap_rudderstack.streams import Groups, Users, member_key, members, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_SAMPLE = 3
"""Number of groups that are read singly, to be compared with the list of groups."""
_ASKED = 20
"""Number of users who are read again, to see whether they still name a group."""


class GroupMembers(EachOf, ScimStream):
    """The membership of a user, or of a nested group, in a group.

    Read where the server has it: in the list of groups, else from each group, else from the users'
    own lists of groups. Servers silently return less in one place than in another, so these are
    cross-checked, and what only one of them has is emitted too:

    - If the list has no members of any group, each group is read singly. Else the three with the
      most members are; if one of them then has other members, all are.
    - Groups that users name and that do not list them are read singly again.
    """

    name = "group_members"
    path = "/Groups/{group_id}"
    parent, bind = Groups, {"group_id": "id"}
    primary_keys = ("group_id", "member_type", "member_id")
    compares_with = (Users,)
    may_need = (Groups,)

    def __init__(self, tap: IdentityTap) -> None:
        super().__init__(tap)
        self._groups = self._edges = 0
        self._singly = False
        self._refusal: ApiError | None = None
        self._largest: list[tuple[int, int, Item]] = []  # groups with the most members in the list

    @override
    def key(self, item: Item) -> tuple[str, str] | None:
        return member_key(item)

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        listed = "members" in parent
        if self._singly:  # Groups without members in the list were read before.
            return self._alone(path, parent["id"]) if listed else in_memory([], member_key)
        self._groups += 1
        if not listed:
            return self._alone(path, parent["id"])
        heapq.heappush(self._largest, (_length(parent["members"]), -self._groups, parent))
        if len(self._largest) > _SAMPLE:
            heapq.heappop(self._largest)
        return in_memory(members(parent), member_key)

    def _alone(self, path: str, group: str) -> Pager:
        return one_response(Request(path), lambda response: _members(response, group), member_key)

    @override
    def read(self) -> Reading:
        return InTurn(self._memberships())

    def _memberships(self) -> Readings:
        seen, listed = _Memberships(), super().read()
        try:
            yield Filtered(listed, seen.noted)
        except Unsupported:
            if self.tap.stream_of(Users) not in self.run.selected:
                raise
            yield self.driven(self._from_users())
            if not self._edges:
                raise
            return ListingResult()
        result = result_of(listed)
        if self._list_differs():
            self._singly, singly = True, super().read()
            yield Filtered(singly, seen.fresh)
            result = replace(result, incomplete=result.incomplete or result_of(singly).incomplete)
        if seen.total:
            return (yield from self._compared(result, seen))
        if result.incomplete or not self._groups:
            return result
        yield self.driven(self._from_users())
        if self._refusal and not self._edges:
            problem = "the list of groups has no members, and single groups cannot be read"
            return replace(ListingResult(), incomplete=f"{problem}: {self._refusal}")
        return ListingResult()

    def _list_differs(self) -> bool:
        """Whether groups that are read singly have other members than in the list."""
        largest = [group for _, _, group in sorted(self._largest, reverse=True)]
        shown = [group for group in largest if members(group)]
        sample, refusals = shown or largest, []
        for group in sample:
            try:
                request = Request(fill(self.path, self.bound(group)))
                alone = _members(self.run.client.get(request), group["id"])
            except ApiError as error:
                refusals.append(error)
                continue
            if not shown or _ids(alone) != _ids(members(group)):
                return True
        if sample and len(refusals) == len(sample):
            self._refusal = refusals[0]
        return False

    def _from_users(self) -> Pager:
        users = self.tap.stream_of(Users).listing
        for page in users.pages():
            edges = {(group, user["id"]): None for user in page for group in named(user)}
            self._edges += len(edges)
            if edges:
                yield [
                    {"group_id": group, "member_type": "User", "member_id": user}
                    for group, user in edges
                ]
        users.require_complete()
        return ListingResult()

    def _compared(self, result: ListingResult, seen: _Memberships) -> Readings:
        """Compare with the groups that users name; read those again that do not list them."""
        if self._refusal:
            self.remarks.append(
                "single groups cannot be read, so members come only from "
                f"the list of groups ({self._refusal.status or 'no response'})"
            )
        users = self.tap.stream_of(Users)
        if users not in self.run.selected or users.listing.result is None:
            return result
        doubtful = dict.fromkeys(group for group, _ in seen.lacking(users.listing.pages()))
        if not doubtful:
            return result
        unlisted = set(doubtful)
        for page in self.parent_stream.source.listing.pages():
            unlisted.difference_update(group.get("id") for group in page)
        gone, problem = set[str](), result.incomplete
        if not self._refusal:
            again = FanOut(
                ({"id": group} for group in doubtful),
                lambda group: (self.driven(self._again(group, gone)), self.bound(group)),
                self.run.client.concurrency,
                lambda bound, _: None,
            )
            yield Filtered(again, seen.fresh)
            problem = problem or result_of(again).incomplete
            if hidden := unlisted - gone:
                problem = problem or f"users name {len(hidden)} groups that are not listed"
        gone &= unlisted  # A listed group may have members nevertheless.
        lacking = (pair for pair in seen.lacking(users.listing.pages()) if pair[0] not in gone)
        return replace(result, incomplete=problem or self._unconfirmed(lacking))

    def _again(self, group: Item, gone: set[str]) -> Pager:
        """A group that may not exist, or be refused: what is in doubt then remains so."""
        try:
            return (yield from self._alone(fill(self.path, self.bound(group)), group["id"]))
        except (NotFound, Rejected):
            gone.add(group["id"])
        except ApiError:
            pass
        return ListingResult()

    def _unconfirmed(self, lacking: Iterable[tuple[str, str]]) -> str | None:
        """Why memberships are in doubt if users still name groups that do not list them.

        A user may have left such a group during the sync. So some are read again, and the others
        too if all of these have left.
        """
        groups, memberships = set[str](), 0
        for number, (group, user) in enumerate(lacking):
            if (groups and number >= _ASKED) or self._still_names(user, group):
                groups.add(group)
                memberships += 1
        told = "users name groups that do not list them as members"
        return f"{told}: {memberships} memberships of {len(groups)} groups" if groups else None

    def _still_names(self, user: str, group: str) -> bool:
        try:
            again = self.run.client.get(Request(fill("/Users/{id}", {"id": user})))
        except NotFound:
            return False
        except ApiError:
            return True
        return group in named(resource(again.body))


class _Memberships(SeenKeys):
    """The (group, member) pairs that groups have listed."""

    def __init__(self) -> None:
        super().__init__()
        self._nested: dict[str, set[str]] = {}

    def noted(self, page: list[Item]) -> list[Item]:
        """Add the rows of a page; return them."""
        for row in page:
            group, member = row["group_id"], row["member_id"]
            self.add((group, member), {})
            if row["member_type"] == "Group":
                self._nested.setdefault(group, set()).add(member)
        return page

    def fresh(self, page: list[Item]) -> list[Item]:
        """Add the rows of a page; return those that are new."""
        return self.noted([r for r in page if (r["group_id"], r["member_id"]) not in self])

    def lacking(self, users: Iterable[list[Item]]) -> Iterator[tuple[str, str]]:
        """(group, user) for each group that a user names and that does not list them.

        Unless the user is a direct member, a nested group may list them instead.
        """
        for user in (user for page in users for user in page):
            for group in dict.fromkeys(named(user)):
                if (group, user["id"]) in self:
                    continue
                if group in named(user, "direct") or not self._within(group, user["id"]):
                    yield group, user["id"]

    def _within(self, group: str, member: str) -> bool:
        """Whether a group nested in a group, at any depth, lists a member."""
        waiting, known = [group], {group}
        while waiting:
            inner = self._nested.get(waiting.pop(), set()) - known
            if any((each, member) in self for each in inner):
                return True
            known |= inner
            waiting += inner
        return False


def _ids(rows: list[Item]) -> set[Any]:
    """The ids in rows of members."""
    return {row["member_id"] for row in rows}


def _members(response: Response, group: str) -> list[Item]:
    """The members of a group that was read singly.

    Raises:
        ApiError: The response is another group, or none.
    """
    answered = resource(response.body)
    if answered.get("id") != group:
        raise ApiError(f"/Groups/{group} did not return the requested group")
    return members(answered)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else int(bool(value))
