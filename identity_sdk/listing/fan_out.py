"""Fan-out: one listing for each of many parents, several in flight."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from identity_sdk.errors import NotFound
from identity_sdk.listing.reading import result_of, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from identity_sdk.exchange import Item
    from identity_sdk.listing.evidence import ListingResult
    from identity_sdk.listing.reading import Reading


class FanOut:
    """Reads one listing per parent, up to `window` in flight, in the order of parents.

    A parent without items yields an empty page, so that the consumer gets control.

    Attributes:
        open: Given a parent, its reading, and the fields that bind its items to it.
        gone: Called with these fields if the first page returns 404: whether the parent was deleted
            is for the caller to find out.
        arrived: Called for each page.
        done: Called with the number of items of each other parent.
    """

    def __init__(
        self,
        parents: Iterable[Item],
        open: Callable[[Item], tuple[Reading, Item]],
        window: int,
        gone: Callable[[Item, NotFound], None],
        arrived: Callable[[Item, list[Item]], None] = lambda bound, items: None,
        done: Callable[[Item, int], None] = lambda bound, found: None,
    ) -> None:
        self._parents = iter(parents)
        self._open = open
        self._window = window
        self._gone, self._arrived, self._done = gone, arrived, done
        self._queue: deque[tuple[Reading, Item]] = deque()
        self._found = 0  # items of the current parent
        self._results: list[ListingResult] = []
        self._read = 0
        self.result: ListingResult | None = None

    def start(self) -> None:
        while len(self._queue) < self._window and (parent := next(self._parents, None)) is not None:
            reading, bound = self._open(parent)
            reading.start()
            self._queue.append((reading, bound))

    def next_page(self) -> list[Item] | None:
        if not self._read:
            self.start()
        while self._queue:
            reading, bound = self._queue[0]
            try:
                page = reading.next_page()
            except NotFound as error:
                if self._found:
                    raise
                self._gone(bound, error)
            else:
                if page is not None:
                    page = [{**item, **bound} for item in page] if bound else page
                    self._found += len(page)
                    self._arrived(bound, page)
                    return page
                self._results.append(result_of(reading))
                self._done(bound, self._found)
            if not self._next_parent():
                return []
        self.result = summary(self._results, self._read, "parents")
        return None

    def _next_parent(self) -> bool:
        """Move on to the next parent; return whether the current one had any items."""
        had_any = self._found > 0
        self._queue.popleft()[0].close()
        self._read, self._found = self._read + 1, 0
        self.start()
        return had_any

    def close(self) -> None:
        for reading, _ in self._queue:
            reading.close()
