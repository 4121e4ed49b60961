"""Listings of users, read in searches whose result fits on one page."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from identity_sdk import (
    Item,
    ListingResult,
    Page,
    Pager,
    PagerSteps,
    Request,
    Response,
    SeenKeys,
    take,
    unsound_rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST = 12
"""Characters in a user id."""
_MOST_LOOKS = 4
"""Maximum number of times that a shard with fewer rows than its total is requested."""


@dataclass
class Shards:
    """Users by the first characters of their ids (shards), for all possible characters.

    A shard that does not fill its page is one SELECT: no order, tie or change of other users can
    hide a row. One that fills its page is split by the next character; one with fewer rows than its
    total is requested again, as a user may have been deleted in between. Searches are
    case-insensitive, and ids that begin with none of the characters are a shard of their own, by a
    regular expression.

    Attributes:
        path: The path of the listing.
        read: Reads a page from a response.
        key: The key of an item.
        page_size: Rows to request per page.
        window: Maximum number of requests in flight.
        seen: Rows that have been emitted.
    """

    path: str
    read: Callable[[Response], Page]
    key: Callable[[Item], Hashable | None]
    page_size: int
    window: int
    seen: SeenKeys

    def pager(self, before: ListingResult) -> Pager:
        """The pager, after a walk with the result `before`."""
        self.seen.next_walk()
        self._unkeyed = 0
        waiting = deque(_split(""))
        flying: deque[tuple[str, bool]] = deque()
        asked: Counter[tuple[str, bool]] = Counter()
        while waiting or flying:
            while waiting and len(flying) < self.window:
                flying.append(waiting.popleft())
                yield self._request(*flying[-1])
            prefix, other = flying.popleft()
            page = self.read((yield from take()))
            if len(page.items) < self.page_size and not page.unreadable:
                yield from self._emit(page)
                if (page.total or 0) <= len(page.items):
                    continue
                asked[prefix, other] += 1
                if asked[prefix, other] < _MOST_LOOKS:
                    waiting.append((prefix, other))
                    continue
            if other or len(prefix) >= _LONGEST:
                return replace(before, incomplete=f"{before.incomplete}, also in searches by id")
            waiting.extend(_split(prefix))
        problem = unsound_rows(self._unkeyed, 0)
        return ListingResult(self.seen.in_walk, before.repeats, problem)

    def _request(self, prefix: str, other: bool) -> Request:
        search = {"search.id": f"{prefix}%"}
        if other:
            search = {"search.id": f"^{prefix}([^0-9a-z]|$)", "mode.id": "posix"}
        return Request(self.path, {"page": 1, "page_size": self.page_size, **search})

    def _emit(self, page: Page) -> PagerSteps[None]:
        diff = self.seen.compare(page.items, self.key)
        self._unkeyed += diff.unkeyed
        if diff.fresh:
            yield diff.fresh


def _split(prefix: str) -> list[tuple[str, bool]]:
    """The parts of a shard: (prefix, whether it is the shard of ids with no other prefix)."""
    return [*((prefix + letter, False) for letter in _LETTERS), (prefix, True)]
