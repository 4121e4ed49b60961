"""Cursor paging: each page names the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from identity_sdk.errors import ApiError
from identity_sdk.listing.dedupe import SeenKeys
from identity_sdk.listing.evidence import ListingResult, WalkRecord, problem, shortage
from identity_sdk.listing.newcomers import Newcomers
from identity_sdk.listing.pager import Page, Pager, take

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from identity_sdk.exchange import Item, Request, Response


@dataclass(frozen=True)
class CursorPaging:
    """Listings in which each page names the next.

    A walk ends at a page without a next cursor. It is given up, and the listing is incomplete, if a
    cursor comes back or if page after page has no new rows.

    Attributes:
        request: Builds the request for a cursor; None for the first page.
        read: Reads a page and the next cursor from a response.
        key: The key of an item; None if it has none.
        most_empty: Maximum number of consecutive pages without new rows.
        counts_rows: Whether a cursor is a row count, so that rows shift past it when others are
            deleted, unlike one that names the last row (keyset).
        walks: Maximum number of walks.
        made_at: When a row was created, in epoch seconds; None if it does not say.
        adjust: Given an error, changes what `request` asks for if that may help, for instance to
            fewer rows. Returns whether it did; the walk then starts over.
        seen: The rows seen so far.
    """

    request: Callable[[str | None], Request]
    read: Callable[[Response], tuple[Page, str | None]]
    key: Callable[[Item], Hashable | None]
    most_empty: int = 3
    counts_rows: Callable[[str], bool] = lambda cursor: False
    walks: int = 6
    made_at: Callable[[Item], float | None] | None = None
    adjust: Callable[[ApiError], bool] = lambda error: False
    seen: SeenKeys = field(default_factory=lambda: SeenKeys(marks=False))

    def pager(self) -> Pager:
        """The pager."""
        records, same, newcomers = list[WalkRecord](), dict[int, _Same](), Newcomers(self.made_at)
        for _ in range(self.walks):
            walk = _Walk(self, same, newcomers)
            while not walk.ended:
                yield self.request(walk.cursor)
                try:
                    response = yield from take()
                except ApiError as error:
                    if not self.adjust(error):
                        raise
                    walk.start_over()
                    continue
                if page := walk.receive(response):
                    yield page
            records.append(walk.record)
            reason = problem(records)
            if reason is None or walk.record.gave_up or walk.record.unkeyed:
                break
            self.seen.next_walk()
            if walk.record.repeats or walk.record.conflicts:
                same.clear()  # With duplicate rows, it is chance which page returns them.
        repeats = sum(record.repeats for record in records)
        missing = shortage(records) if reason else 0
        return ListingResult(records[-1].total, repeats, reason, missing)


class _Walk:
    """One walk over a listing, from its first page to the last."""

    def __init__(self, paging: CursorPaging, same: dict[int, _Same], newcomers: Newcomers) -> None:
        self.paging = paging
        self.record = WalkRecord(by_cursor=True)
        self.cursor: str | None = None  # of the next page
        self.ended = False
        self._same = same
        self._newcomers = newcomers
        self._known = set[str]()  # cursors
        self._pages = self._empty = 0

    def receive(self, response: Response) -> list[Item]:
        """Count a page; return its new rows.

        A page of a later walk that is byte for byte the same as one of the first walk is not
        decoded. If another page of that walk repeats one of its rows, the digest differs from the
        first walk's, and the next walk decodes both.
        """
        self._newcomers.began(response)
        before, mark, fresh = self.record.found, response.mark, list["Item"]()
        if self.paging.seen.walk_number and mark in self._same:
            self.cursor = self._repeat(self._same.pop(mark))
        else:
            page, self.cursor = self.paging.read(response)
            fresh = self._count(page, mark)
        self._pages += 1
        self._empty = 0 if self.record.found > before else self._empty + 1
        if not self.cursor or self._goes_nowhere(self.cursor):
            self._conclude()
        return fresh

    def _repeat(self, same: _Same) -> str | None:
        """Count an unchanged page; return the cursor of the next."""
        self.paging.seen.again(same.keys, same.digest)
        self.record.found += same.keys
        self.record.state(same.page)
        return same.cursor

    def _count(self, page: Page, mark: int | None) -> list[Item]:
        seen, record = self.paging.seen, self.record
        keys, digest = seen.in_walk, seen.digest
        record.state(page)
        diff = seen.compare(page.items, self.paging.key)
        record.count(diff)
        record.newcomers += self._newcomers.among(diff.fresh)
        if mark is not None and not seen.walk_number:
            without_rows = Page([], page.total, page.unreadable)
            came = seen.in_walk - keys, seen.digest - digest
            self._same[mark] = _Same(*came, without_rows, self.cursor)
        return diff.fresh

    def _conclude(self) -> None:
        self.ended = True
        self.record.one_select = self._pages == 1
        self.record.joined = self.record.unique = not any(map(self.paging.counts_rows, self._known))
        self.record.as_before = self.paging.seen.as_before

    def _goes_nowhere(self, cursor: str) -> bool:
        if cursor in self._known:
            self.record.gave_up = "the server returned a cursor that it had returned before"
        elif self._empty > self.paging.most_empty:
            self.record.gave_up = f"{self._empty} pages in a row had no new rows, but a next page"
        self._known.add(cursor)
        return self.record.gave_up is not None

    def start_over(self) -> None:
        """Discard this walk: a cursor may count pages of the former size."""
        self.paging.seen.next_walk()
        self._same.clear()
        self._known.clear()
        self.cursor, self._pages, self._empty = None, 0, 0
        new, repeats = self.record.new, self.record.repeats
        self.record = WalkRecord(new=new, repeats=repeats, by_cursor=True)


@dataclass(frozen=True)
class _Same:
    """A page of the first walk: number of distinct keys, their digest, the rest of the page."""

    keys: int
    digest: int
    page: Page
    cursor: str | None
