"""Offset paging: pages addressed by the number of rows, or pages, before them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from identity_sdk.errors import ApiError
from identity_sdk.listing.dedupe import SeenKeys
from identity_sdk.listing.evidence import ListingResult, Order, WalkRecord, problem, shortage
from identity_sdk.listing.newcomers import Newcomers
from identity_sdk.listing.offset_walk import AskForLess, OffsetWalk

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from identity_sdk.exchange import Item, Request, Response
    from identity_sdk.listing.pager import Page, Pager


def _no_adjustment(error: ApiError, passed: int) -> bool:
    return False


@dataclass
class OffsetPaging:
    """Listings in pages that are addressed by the number of rows, or pages, before them.

    Such a listing has no snapshot: rows are added, deleted and moved during a walk, and servers
    clamp, repeat, wrap around, ignore parameters or miscount. So it is walked until there is
    evidence that it was read completely (see `identity_sdk.listing.evidence`). After a walk that
    found fewer rows than the total, the next uses another page size, so that page boundaries fall
    between other rows. Only rows not yet seen are emitted.

    Not detected: changes that cancel out in each walk; and, without `past_total`, a total that is
    too low by whole pages.

    Attributes:
        request: Builds the request for (rows to skip, page size).
        read: Reads a page from a response.
        key: The key of an item; None if it has none.
        page_size: Rows to request per page.
        window: Maximum number of requests in flight.
        order: The documented order of rows.
        any_offset: Whether a page may begin at any row, so that pages can join; else only at
            multiples of the page size.
        honours_size: Whether the vendor documents that a page is as long as requested, except the
            last. Else each page begins after the rows received so far, up to a page without new
            rows, whatever the total is.
        past_total: Whether to continue after a full last page, whatever the total is.
        walks: Maximum number of walks.
        slack: Pages that a walk may take beyond those that the first total accounts for.
        made_at: When a row was created, in epoch seconds; None if it does not say.
        adjust: Given an error and the number of rows passed, changes what `request` asks for if
            that may help. Returns whether it did.
        seen: The rows seen so far; a listing that is read in several ways shares it.
    """

    request: Callable[[int, int], Request]
    read: Callable[[Response], Page]
    key: Callable[[Item], Hashable | None]
    page_size: int = 100
    window: int = 1
    order: Order = Order.UNKNOWN
    any_offset: bool = False
    honours_size: bool = True
    past_total: bool = False
    walks: int = 6
    slack: int = 100
    made_at: Callable[[Item], float | None] | None = None
    adjust: Callable[[ApiError, int], bool] = _no_adjustment
    seen: SeenKeys = field(default_factory=lambda: SeenKeys(marks=False))

    def pager(self) -> Pager:
        """The pager."""
        alone, size, newcomers = not self.seen.total, self.page_size, Newcomers(self.made_at)
        ties = alone and self.any_offset and self.order is Order.UNKNOWN
        if ties:  # A later walk may lack one of two rows that share a key.
            self.seen.keep_marks()
        records, done = list[WalkRecord](), list[OffsetWalk]()
        reason: str | None = None
        while len(done) < self.walks:
            walk = OffsetWalk(self, size, newcomers)
            records.append(walk.record)
            try:
                while (step := walk.next_step()) is not None:
                    try:
                        response = yield step
                    except ApiError as error:
                        walk.refused(error)
                    else:
                        if response is not None:
                            walk.receive(response)
            except AskForLess:
                size //= 2
            else:
                if walk.start_may_prove():
                    yield from walk.look_at_start_again()
                walk.record.as_before = self.seen.as_before
                done.append(walk)
                reason = problem(records, together=self.seen.total if ties else None)
                size = self._next_size(done)
            if walk.pages:
                self.seen.next_walk()
            if done and (reason is None or walk.record.gave_up):
                break
        missing = shortage(records) if reason else 0
        return ListingResult(done[-1].record.total, _repeats(done), reason, missing)

    def _next_size(self, done: list[OffsetWalk]) -> int:
        """Another page size after a walk that lacked rows, so that page boundaries move."""
        first, record = done[0].size, done[-1].record
        short = record.found < record.highest
        if record.unpaged and short and not self.honours_size:
            return min(record.highest, 10_000)  # It may heed the page size.
        doubted = record.unpaged or any(walk.record.refutes for walk in done)
        if record.totals and not short and not doubted:
            return done[-1].size  # This walk only confirms the last one.
        less = first - len(done) * max(1, first // 9)
        return less if less > 1 else first + len(done)


def _repeats(done: list[OffsetWalk]) -> int:
    return sum(walk.record.repeats for walk in done)
