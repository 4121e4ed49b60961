"""Listings addressed by the index of a row."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from identity_sdk.errors import AccessDenied, ApiError, NotFound, TooLarge
from identity_sdk.keys import SeenKeys, unsound_rows
from identity_sdk.paging import Page, Pager, Proof, Step, Walking, take

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from identity_sdk.exchange import Item, Request, Response

logger = logging.getLogger(__name__)


@dataclass
class IndexPaging:
    """Listings addressed by the 1-based index of a row (SCIM, RFC 7644 §3.4.2.4).

    Such a listing has no snapshot: rows move while it is walked, and servers clamp,
    repeat, wrap, ignore or mis-count. So nothing a server says is believed before it is
    seen:

    - The walk goes on until a page brings nothing new, whatever the total says, and
      advances by the rows received, whatever was asked for.
    - Each page starts at the last row of the one before. If that row comes back in
      first place, nothing moved between the two.
    - A round is proven if every page joined the one before, at least as many distinct
      rows came as the total said, and either the keys rose from row to row (the server
      keeps an order, so joined pages cannot have a gap) or the total never changed.
      Where pages of one row leave nothing to join, a second round must find nothing new.
    - A round that proves nothing is followed by another with another page size, three
      in all. Only rows not yet seen are emitted. Rounds under one constant total also
      prove the listing if together they found exactly that many rows.

    Attributes:
        request: Builds the request for (start index, count, ordered).
        read: Reads a page from a response.
        key: The identity of an item; None if it has none.
        page_size: Rows to ask for in one request.
        window: Requests in flight at most.
        ordered: Whether to ask the server for an order; dropped once if it refuses.
        rounds: Walks at most, up to four.
        slack: Pages a round may take beyond three for each row of the first total.
        lighten: Called when even one row is too much for the server, or it fails (5xx):
            makes `request` ask for less of each row. Returns whether it could.
    """

    request: Callable[[int, int, bool], Request]
    read: Callable[[Response], Page]
    key: Callable[[Item], Hashable | None]
    page_size: int = 100
    window: int = 1
    ordered: bool = False
    rounds: int = 3
    slack: int = 1000
    lighten: Callable[[], bool] = bool
    seen: SeenKeys = field(default_factory=SeenKeys)

    def walk(self) -> Pager:
        """The pager."""
        done: list[_Round] = []
        proven = False
        while not proven and len(done) < self.rounds:
            if done:
                self.seen.next_round()
            done.append(_Round(self, self._size(done)))
            yield from done[-1].run()
            proven = done[-1].flaw() is None or self._whole(done)
        repeats = sum(walk.repeats for walk in done)
        return Proof(done[-1].total, repeats, None if proven else done[-1].flaw())

    def _size(self, done: list[_Round]) -> int:
        """Another page size for each round, so that the same rows do not fall between pages."""
        if not done:
            return self.page_size
        if done[-1].stuck and done[-1].total:
            return min(done[-1].total, 10_000)  # It ignores the index; it may heed the count.
        size = done[0].size
        less = size - len(done) * max(1, size // 9)
        return less if less > 1 else size + len(done)

    def _whole(self, done: list[_Round]) -> bool:
        totals = {total for walk in done for total in walk.totals}
        sound = not any(walk.conflicts or walk.unkeyed for walk in done)
        twice = sum(not walk.stuck for walk in done) > 1 or (len(done) > 1 and done[-1].held)
        return sound and twice and totals == {self.seen.total}


class _Round:
    """One walk over an index-paged listing, from the first row to the last."""

    def __init__(self, paging: IndexPaging, size: int) -> None:
        self.paging = paging
        self.size = size
        self.before = paging.seen.total  # rows that earlier rounds had found
        self.pages = 0
        self.at = 0  # rows of the listing passed
        self.last: Hashable | None = None  # key of the row at that index
        self.overlap = True
        self.flying: deque[int] = deque()  # start indexes of the requests in flight
        self.regular = True  # every page so far was as long as asked for
        self.rising = True  # keys rose from row to row
        self.joined = True  # every page began with the last row of the one before
        self.chained = True  # every page was asked to begin so
        self.stuck = False  # the server had nothing new although its total says more
        self.held = False  # one page held as many rows as there are said to be
        self.refuted = False  # a joined page held more rows than there are said to be
        self.endless = False
        self.totals: list[int] = []
        self.repeats = self.conflicts = self.unkeyed = 0

    @property
    def total(self) -> int | None:
        """The server's last word on the number of rows, unless it is refuted."""
        if self.refuted or not self.totals or self.paging.seen.in_round > max(self.totals):
            return None
        return self.totals[-1]

    def run(self) -> Walking[None]:
        more = True
        while more:
            try:
                start, page = yield from self._next_page()
            except TooLarge:
                if self.size == 1 and not self.paging.lighten():
                    raise
                self.size = max(1, self.size // 2)
                yield from self._discard()
                continue
            fresh, new = self._look_at(start, page)
            if fresh:
                yield fresh
            self.endless = self.pages >= self._most_pages()
            more = not self.endless and (new or self._try_without_overlap())
        yield from self._discard()

    def _next_page(self) -> Walking[tuple[int, Page]]:
        wanted = self.at if self._overlaps() else self.at + 1
        if self.flying and self.flying[0] != wanted:
            yield from self._discard()
        while len(self.flying) < self._ahead():
            start = self.flying[-1] + self.size - self._overlaps() if self.flying else wanted
            if self.flying and start > (self.total or 0):
                break
            yield self.paging.request(start, self.size, self.paging.ordered)
            self.flying.append(start)
        try:
            response = yield from take()
        except (AccessDenied, NotFound, TooLarge):
            raise
        except ApiError as error:
            failing = error.status is not None and error.status >= 500
            if self.paging.ordered and not self.at:
                logger.info("The server refuses to sort (%s); reading without an order", error)
                self.paging.ordered = False
            elif not (failing and self.paging.lighten()):
                raise
            yield from self._discard()
            return (yield from self._next_page())
        self.pages += 1
        return self.flying.popleft(), self.paging.read(response)

    def _overlaps(self) -> bool:
        return self.overlap and self.at > 0 and self.size > 1

    def _ahead(self) -> int:
        """Look ahead only where pages are as long as asked for, up to the total."""
        return self.paging.window if self.regular and self.at and self.total else 1

    def _discard(self) -> Walking[None]:
        if self.flying:
            yield Step.DISCARD
            self.flying.clear()

    def _most_pages(self) -> int:
        return self.paging.slack + (3 * self.totals[0] if self.total is not None else 100_000)

    def _look_at(self, start: int, page: Page) -> tuple[list[Item], bool]:
        """Count a page's rows in; return those to emit, and whether any was new."""
        joins, follows = 0 < start <= self.at, 0 < self.at < start
        self.at = max(self.at, start + len(page.items) - 1)
        if page.total is not None and (page.items or not self.totals):
            self.totals.append(page.total)
        self.joined &= bool(page.items) or not joins
        self.held |= start == 1 and len(page.items) == page.total
        self.chained &= not (follows and page.items)
        items = page.items
        if joins and items and (first := self.paging.key(items[0])) is not None:
            self.joined &= first == self.last
            if first == self.last:
                end = start + len(items) - 1
                self.refuted |= page.total is not None and page.total < end
                items = items[1:]
        look = self.paging.seen.look(items, self.paging.key)
        self.unkeyed += look.unkeyed
        self.repeats += look.repeats
        self.conflicts += look.conflicts
        self._follow(items)
        self._adapt(start, len(page.items))
        return look.fresh, look.moves_on

    def _follow(self, items: list[Item]) -> None:
        """See whether keys rise from row to row."""
        for key in map(self.paging.key, items):
            if key is not None:
                self.rising &= self.last is None or str(self.last) < str(key)
                self.last = key

    def _adapt(self, start: int, length: int) -> None:
        """Ask for what the server gives: a first page that was cut short sets the size."""
        if start == 1 and 0 < length < self.size:
            self.size = max(2, length)
        elif length < self.size and self.at < (self.total or 0):
            self.regular = False

    def _try_without_overlap(self) -> bool:
        """Ask past the joining row before a walk ends where that row alone proves nothing."""
        short = self.total is not None and self.at < self.total
        self.stuck = short and not self.overlap
        if self.overlap and (short or self.total is None or self.at == 1):
            self.overlap = False
            return True
        return False

    def flaw(self) -> str | None:
        """Why this round proves nothing; None if it proves the listing whole."""
        found, total = self.paging.seen.in_round, min(self.totals, default=0)
        if self.endless:
            return f"gave up after {self.pages} pages: the listing does not end"
        if unsound := unsound_rows(self.unkeyed, self.conflicts):
            return unsound
        if self.stuck:
            return f"the server does not page: {found} of {self.total} rows were found"
        if found < total:
            return f"{found} of {total} rows were found"
        if not self.joined:
            return "rows moved between pages"
        if not self.chained and not self.before == found == self.paging.seen.total:
            return "pages of one row cannot be joined, and rows changed while they were read"
        if self.total is None:
            return "rows repeated, and there is no total to compare with" if self.repeats else None
        if len(set(self.totals)) > 1 and not (self.rising and self.chained):
            return f"the total changed from {self.totals[0]} to {self.totals[-1]}"
        return None
