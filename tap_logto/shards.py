"""Listings of users in searches that one page holds."""

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
"""Characters of a user's id."""
_MOST_LOOKS = 4
"""How often a shard is asked for that shows less than it counts."""


@dataclass
class Shards:
    """The users whose id begins with given letters, for all letters there are.

    A shard that one page holds, and does not fill, is one SELECT: no order, tie or change of
    other users can take a row out of it. One that fills its page is split by the next letter;
    one that shows less than it counts is asked for again, as somebody may have left in between.
    Searches are case-insensitive, and what begins with none of the letters is a shard of its
    own, by a regular expression.

    Attributes:
        path: The listing.
        read: Reads a page from a response.
        key: The identity of an item.
        page_size: Rows to ask for in one request.
        window: Requests in flight at most.
        seen: Rows that were emitted already.
    """

    path: str
    read: Callable[[Response], Page]
    key: Callable[[Item], Hashable | None]
    page_size: int
    window: int
    seen: SeenKeys

    def pager(self, before: ListingResult) -> Pager:
        """The pager, after a walk that ended with the proof `before`."""
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
    """A shard's parts: (prefix, whether it holds what none of the others does)."""
    return [*((prefix + letter, False) for letter in _LETTERS), (prefix, True)]
