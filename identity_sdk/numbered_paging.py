"""Listings addressed by the number of a page, with a total."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from identity_sdk.errors import TooLarge
from identity_sdk.keys import SeenKeys, fewer_rows, unsound_rows
from identity_sdk.paging import Page, Pager, Proof, Step, Walking, take

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from identity_sdk.exchange import Item, Request, Response

_MOST_IDLE = 3
"""Pages in a row without a new row, after which a server is taken not to page."""
_MOST_PAGES = 100_000
"""Pages of a listing without a total."""


@dataclass
class NumberedPaging:
    """Listings in pages with numbers, of which a server says how many rows they hold.

    A page is cut out of whatever order the server has at that moment. It may have none, or
    one with ties: then some rows fall between two pages and others come twice, in each
    walk with pages of that size. So rows are counted:

    - A round is proven if it found as many distinct rows as the total says, and the total
      did not change in it. A listing that one page holds is proven by that page.
    - A round that proves nothing is followed by one with another page size, as other rows
      then meet the edges of pages. Only rows not yet seen are emitted. Rounds under one
      constant total also prove the listing if together they found that many rows, unless it
      is to be confirmed.
    - Under one total, a row may still slip: one goes before it, another comes, and pages move
      twice. Where pages overlap by a row, each must begin with the last row of the one before.
      Where they cannot, and no order keeps rows in place, a listing of several pages is
      `confirmed`: another round must find nothing new.
    - Without a total, or with one that is smaller than what came, a round goes on until a
      page brings nothing new. Two such rounds that agree, without repeats, are proof.

    What it cannot see: changes that cancel out in each round; and, unless it `probes`, a total
    that is too low by whole pages.

    Attributes:
        request: Builds the request for (rows to skip, page size).
        read: Reads a page from a response.
        key: The identity of an item; None if it has none.
        page_size: Rows to ask for in one request.
        window: Requests in flight at most.
        rounds: Walks at most, up to eight.
        overlap: Whether each page begins with the last row of the one before; for servers
            that take any offset, not whole pages only.
        confirm: Whether a listing of several pages is read until nothing new comes.
        probes: Whether to ask for one page more where the last one was full, whatever the
            total says.
        seen: The rows seen so far; a listing that is read in several ways shares it.
    """

    request: Callable[[int, int], Request]
    read: Callable[[Response], Page]
    key: Callable[[Item], Hashable | None]
    page_size: int = 100
    window: int = 1
    rounds: int = 4
    overlap: bool = False
    confirm: bool = False
    probes: bool = False
    seen: SeenKeys = field(default_factory=SeenKeys)

    def walk(self) -> Pager:
        """The pager."""
        done: list[_Round] = []
        broken: list[_Round] = []
        alone, size, proven = not self.seen.total, self.page_size, False
        while not proven and len(done) < self.rounds:
            walk = _Round(self, size)
            try:
                yield from walk.run()
            except TooLarge:
                if size == 1:
                    raise
                yield Step.DISCARD
                size //= 2
                broken.append(walk)
            else:
                done.append(walk)
                flaw = self._flaw([*broken, *done])
                together = alone and not self.confirm and self._whole([*broken, *done])
                whole = flaw is None or together
                proven = whole and self._settled(done)
                size = size if whole else self._another(done)
            if walk.taken:
                self.seen.next_round()
        repeats = sum(walk.repeats for walk in done)
        unsettled = flaw or f"each of {len(done)} walks found rows that the others had not"
        return Proof(done[-1].total, repeats, None if proven else unsettled)

    def _settled(self, done: list[_Round]) -> bool:
        last = done[-1]
        loose = self.confirm or (self.overlap and last.size == 1)  # One row cannot overlap.
        return not loose or last.taken == 1 or (len(done) > 1 and not last.news)

    @staticmethod
    def _another(done: list[_Round]) -> int:
        size = done[0].size
        less = size - len(done) * max(1, size // 9)
        return less if less > 1 else size + len(done)

    def _flaw(self, walks: list[_Round]) -> str | None:
        """Why the last round proves nothing, by itself or by what the others met."""
        last, others = walks[-1], walks[:-1]
        if flaw := last.flaw():
            return flaw
        if unkeyed := max((walk.unkeyed for walk in others), default=0):
            return unsound_rows(unkeyed, 0)
        wrong = [walk for walk in others if walk.refuted and walk.joined]
        most = max((walk.rows - walk.repeats for walk in wrong), default=0)
        if last.total is None:
            agrees = any(walk.total is None and walk.taken for walk in others) and not last.news
            if not agrees:
                return "there is no total to compare with"
        elif last.total < most:
            return f"the total says {last.total}, but {most} rows were found before"
        return fewer_rows(sum(walk.news for walk in walks), last.found)

    def _whole(self, walks: list[_Round]) -> bool:
        totals = {total for walk in walks for total in walk.totals}
        sound = all(walk.joined and not walk.conflicts and not walk.unkeyed for walk in walks)
        return sound and totals == {self.seen.total}


class _Round:
    """One walk over the pages of a listing, from the first to the last."""

    def __init__(self, paging: NumberedPaging, size: int) -> None:
        self.paging = paging
        self.size = size
        self.taken = 0  # pages
        self.rows = 0  # repeats included
        self.flying = deque[int]()  # offsets
        self.end = 0  # of the last page taken
        self.found = 0  # distinct rows
        self.news = 0  # rows that no earlier round had found
        self.idle = 0  # pages in a row with nothing new
        self.joined = True  # every page began with the last row of the one before
        self.last: Hashable | None = None
        self.full = False  # the last page was as long as asked for
        self.totals: list[int] = []
        self.repeats = self.conflicts = self.unkeyed = 0

    @property
    def refuted(self) -> bool:
        """Whether more rows came than there are said to be."""
        return bool(self.totals) and self.rows - self.repeats > max(self.totals)

    @property
    def total(self) -> int | None:
        """The server's last word on the number of rows, unless it is refuted."""
        return None if self.refuted or not self.totals else self.totals[-1]

    def run(self) -> Walking[None]:
        while self.idle < (1 if self.total is None else _MOST_IDLE):
            ahead = self.paging.window if self.taken and self.total is not None else 1
            while len(self.flying) < ahead and self._lies_ahead(self.taken + len(self.flying) + 1):
                offset = self._offset(self.taken + len(self.flying) + 1)
                yield self.paging.request(offset, self.size)
                self.flying.append(offset)
            if not self.flying:
                return
            page = self.paging.read((yield from take()))
            self.end = self.flying.popleft() + len(page.items)
            self.taken += 1
            if fresh := self._fresh(page):
                yield fresh
        if self.flying:
            yield Step.DISCARD

    def _lies_ahead(self, number: int) -> bool:
        if self.total is None or not self.taken:
            return self.taken < _MOST_PAGES
        probe = self.paging.probes and self.full and number == self.taken + 1
        joining = self._joins and number > 1
        more = probe or self._offset(number) + joining < max(self.totals)
        return more and number <= self._most_pages()

    @property
    def _joins(self) -> bool:
        return self.paging.overlap and self.size > 1

    def _offset(self, number: int) -> int:
        if self._joins and self.taken and self.total is None:
            return max(self.end - 1, 0)  # Of what length pages are cannot be told.
        return (number - 1) * (self.size - self._joins)

    def _most_pages(self) -> int:
        """Pages after which a listing that grows as fast as it is read is given up."""
        return 100 + 3 * (self.totals[0] // self.size)

    def _fresh(self, page: Page) -> list[Item]:
        """Count a page's rows in; return those to emit."""
        if page.total is not None and (page.items or not self.totals):
            self.totals.append(page.total)
        if self.taken == 1 and 0 < len(page.items) < min(self.size, page.total or 0):
            self.size = len(page.items)  # The server gives no more than that at a time.
        self.full = len(page.items) >= self.size
        items = page.items
        if self._joins and self.taken > 1:
            joins = bool(items) and self.paging.key(items[0]) == self.last
            self.joined &= joins
            items = items[1:] if joins else items
        if page.items:
            self.last = self.paging.key(page.items[-1])
        look = self.paging.seen.look(items, self.paging.key)
        self.rows += len(items)
        self.unkeyed += look.unkeyed
        self.repeats += look.repeats
        self.conflicts += look.conflicts
        self.idle = 0 if look.moves_on else self.idle + 1
        self.found = self.paging.seen.in_round
        self.news += len(look.fresh)
        return look.fresh

    def flaw(self) -> str | None:
        """Why this round proves nothing by itself; None if it does."""
        if unsound := unsound_rows(self.unkeyed, self.conflicts):
            return unsound
        if self.total is not None and self.found < self.total:
            same = self.idle >= _MOST_IDLE and self.rows
            unpaged = "the server does not page: " if same else ""
            return f"{unpaged}{self.found} of {self.total} rows were found"
        if not self.joined:
            return "rows moved between pages"
        if self.total is None:
            if self.taken >= _MOST_PAGES:
                return f"gave up after {self.taken} pages: the listing does not end"
            return "rows repeated, and there is no total to compare with" if self.repeats else None
        if len(set(self.totals)) > 1:
            return f"the total changed from {self.totals[0]} to {self.totals[-1]}"
        return None
