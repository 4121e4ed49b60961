"""One walk over a listing with offset paging, as a state machine."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from identity_sdk.errors import AccessDenied, ApiError, NotFound, TooLarge
from identity_sdk.listing.evidence import Order, WalkRecord
from identity_sdk.listing.pager import Page, PagerSteps, Step, take

if TYPE_CHECKING:
    from collections.abc import Hashable

    from identity_sdk.exchange import Item, Request, Response
    from identity_sdk.listing.dedupe import PageDiff
    from identity_sdk.listing.newcomers import Newcomers
    from identity_sdk.listing.offset_paging import OffsetPaging

_MOST_IDLE = 3
"""Consecutive pages without a new row after which a server is considered not to page."""
_MOST_PAGES = 100_000
"""Maximum number of pages of a listing without a total."""
_MOST_LOOKS = 3
"""Times that the first page is requested again while new rows appear."""


class AskForLess(Exception):
    """A page is too large; the next walk has to use a smaller page size."""


class OffsetWalk:
    """One walk over a listing, from the first page to the last."""

    def __init__(self, paging: OffsetPaging, size: int, newcomers: Newcomers) -> None:
        self.paging = paging
        self.size = size
        self.newcomers = newcomers
        self.record = WalkRecord()
        self.pages = 0
        self.flying = deque[int]()  # offsets of the requests in flight
        self.offset = 0  # of the last page received
        self.passed = 0  # rows received
        self.last: Hashable | None = None  # the key of the last row
        self.joining = paging.any_offset  # pages are requested so that they begin with that row
        self.regular = True  # every page so far was as long as requested
        self.rising = True  # keys rose from row to row
        self.full = False  # the last page was as long as requested
        self.idle = 0  # consecutive pages without new rows
        self.asked = size  # of the first page
        self.returned = False  # the first page was returned in place of another
        self.start: tuple[Request, list[Hashable | None], int | None] | None = None
        self.steps = deque["Request | Step | list[Item]"]()
        self.over = False

    def next_step(self) -> Request | Step | list[Item] | None:
        """What the pager yields next; None when the walk is over."""
        if not self.steps and not self.over:
            if not self._ended() and self._ask_ahead():
                self.steps.append(Step.TAKE)
            else:
                self.over = True
                self._discard()
                self._conclude()
        return self.steps.popleft() if self.steps else None

    def receive(self, response: Response) -> None:
        """Count the response to the oldest request in flight."""
        self.offset = self.flying.popleft()
        self.newcomers.began(response)
        page = self.paging.read(response)
        if fresh := self._count(page):
            self.steps.append(fresh)

    def refused(self, error: ApiError) -> None:
        """Change the request after an error, or take the error as the end of the listing.

        Raises:
            ApiError: The request cannot be changed any further.
            AskForLess: The walk has to start over.
        """
        if self._is_past_the_end(error):
            self.offset = self.flying.popleft()
            self._count(Page([]))
        else:
            self._ask_otherwise(error)

    # the offset of the next page

    @property
    def _overlap(self) -> int:
        return int(self.joining and self.size > 1)

    @property
    def _laid_out(self) -> bool:
        """Whether pages are at fixed offsets, whatever they contain."""
        documented = self.paging.honours_size and self.record.total is not None
        return not self.paging.any_offset or documented

    def _resumes_at(self) -> int:
        """The offset of the page after the last one received."""
        if not self.pages:
            return 0
        if self._laid_out:
            return self.offset + self.size - self._overlap
        return self.passed - (self._overlap if self.passed else 0)

    def _next_offset(self) -> int:
        """The offset of the page after those in flight."""
        if self.flying:
            return self.flying[-1] + self.size - self._overlap
        return self._resumes_at()

    def _ask_ahead(self) -> bool:
        """Send requests ahead; return whether any is in flight."""
        if self.flying and not self._laid_out and self.flying[0] != self._resumes_at():
            self._discard()
        while len(self.flying) < self._most_ahead() and self._lies_ahead():
            offset = self._next_offset()
            self.steps.append(self.paging.request(offset, self.size))
            self.flying.append(offset)
        return bool(self.flying)

    def _most_ahead(self) -> int:
        """Maximum number of requests in flight: several only where pages are full, up to the
        total."""
        known = self.pages and self.record.total is not None
        steady = self.regular or self._laid_out
        return self.paging.window if known and steady else 1

    def _lies_ahead(self) -> bool:
        """Whether the next page is to be requested."""
        total, offset = self.record.total, self._next_offset()
        if not self.pages:
            return True
        if total is None:
            return not self.flying
        if not self._laid_out:
            return not self.flying or offset < total
        probe = self.paging.past_total and self.full and not self.flying
        return probe or offset + self._overlap < self.record.highest

    def _ended(self) -> bool:
        if not self.pages:
            return False
        if self.pages >= self._most_pages():
            found = f"gave up after {self.pages} pages: the listing does not end"
            self.record.gave_up = found
            return True
        if self._laid_out and self.record.total is not None:
            return self.idle >= _MOST_IDLE
        return self.idle > 0 and not self._goes_on_without_joining()

    def _goes_on_without_joining(self) -> bool:
        """Request the page past the joining row, before a walk ends where that row alone proves
        nothing."""
        total = self.record.total
        doubtful = total is None or self.passed < total or self.passed == 1
        if self._laid_out or not (self.joining and doubtful):
            return False
        self.joining, self.idle = False, 0
        return True

    def _most_pages(self) -> int:
        """Pages after which a listing that grows as fast as it is read is given up."""
        if self.record.total is None:
            return _MOST_PAGES + self.paging.slack
        rows = self.size if self._laid_out else 1
        return self.paging.slack + 3 * (self.record.totals[0] // rows)

    # Responses

    def _is_past_the_end(self, error: ApiError) -> bool:
        """Whether an error only says that there is no such row; then the total is reached."""
        met = self.pages and 0 < self.record.highest <= self.record.found
        refusal = not isinstance(error, AccessDenied | TooLarge) and error.status is not None
        return bool(met and refusal and self.flying[0] >= self.passed)

    def _ask_otherwise(self, error: ApiError) -> None:
        """After an error, request fewer rows, or change the request."""
        smaller = isinstance(error, TooLarge) and self.size > 1
        final = isinstance(error, AccessDenied | NotFound)
        if final or (not smaller and not self.paging.adjust(error, self.passed)):
            raise error
        self._discard()
        if smaller and not self.paging.any_offset:
            raise AskForLess
        if smaller:
            self.size = max(1, self.size // 2)
            self.offset = self.passed - self.size  # The next page begins after these rows.

    def _discard(self) -> None:
        if self.flying:
            self.steps.append(Step.DISCARD)
            self.flying.clear()

    def _count(self, page: Page) -> list[Item]:
        """Count the rows of a page; return those to emit."""
        items, record = page.items, self.record
        if items or not record.totals:
            record.state(page)
        record.unreadable |= page.unreadable
        if not self.pages:
            self._begin(page)
        elif len(items) < self.size and self.passed + len(items) < record.highest:
            self.regular = False
        self.pages += 1
        self.full = len(items) >= self.size
        end = self.offset + len(items)
        rows = self._after_join(page)
        self._follow(rows)
        self.passed = max(self.passed, end)
        diff = self.paging.seen.compare(rows, self.paging.key)
        record.count(diff)
        record.newcomers += self.newcomers.among(diff.fresh)
        self.idle = 0 if diff.moves_on else self.idle + 1
        return diff.fresh

    def _begin(self, page: Page) -> None:
        """Remember the first page; if it was cut short, use its length as the page size."""
        keys = [self.paging.key(item) for item in page.items]
        self.asked = self.size
        self.start = self.paging.request(0, self.size), keys, page.total
        least = min(self.size, page.total or 0) if self.paging.honours_size else self.size
        if 0 < len(keys) < least:
            self.size = len(keys) if self.paging.honours_size else max(2, len(keys))

    def _after_join(self, page: Page) -> list[Item]:
        """The rows of a page without the row that joins it to the previous page."""
        items, record = page.items, self.record
        if not self.passed or not self.paging.any_offset:
            return items
        if self.offset >= self.passed:
            record.moved |= bool(items)
            return items
        first = self.paging.key(items[0]) if items else None
        joins = first is not None and first == self.last
        record.moved |= not joins
        if not joins:
            self.returned |= self.start is not None and self.start[1][:1] == [first]
            return items
        end = self.offset + len(items)
        record.refuted |= page.total is not None and page.total < end
        return items[1:]

    def _follow(self, items: list[Item]) -> None:
        """Check whether keys rise from row to row."""
        for key in map(self.paging.key, items):
            if key is not None:
                self.rising &= self.last is None or str(self.last) < str(key)
                self.last = key

    # Evidence

    def _conclude(self) -> None:
        record, paging = self.record, self.paging
        length = len(self.start[1]) if self.start else 0
        record.unpaged = self.returned and record.found <= length
        record.capped = length == self.asked
        # Rows with one timestamp may swap pages; then only a total is evidence.
        closed = paging.order is Order.CLOSED and record.total is not None
        record.joined = closed or (paging.any_offset and not record.moved)
        record.unique = closed or self.rising
        if paging.honours_size:
            record.one_select = self.pages == 1 and not self.full
        else:
            record.one_select = record.joined and record.found == length

    def start_may_prove(self) -> bool:
        """Whether requesting the first page again could prove the walk."""
        record, order = self.record, self.paging.order
        if record.one_select or record.gave_up or record.found < record.highest:
            return False
        if order is Order.NEWEST_FIRST:
            return True
        joined = record.joined and not record.unique and not record.repeats
        counted = bool(record.totals) and record.steady
        return self.paging.any_offset and joined and counted

    def look_at_start_again(self) -> PagerSteps[None]:
        """Request the first page until it is unchanged since the previous request.

        A page that begins with new rows proves nothing yet: its total, like that of the page
        before, may have been counted before one of them was added.
        """
        if self.start is None:
            return
        request, before, total = self.start
        for _ in range(_MOST_LOOKS):
            yield request
            page = self.paging.read((yield from take()))
            now = [self.paging.key(item) for item in page.items]
            came = now.index(before[0]) if before and before[0] in now else len(now)
            same = now[came:] == before[: len(now) - came] and (came < len(now) or not before)
            diff = self.paging.seen.compare(page.items, self.paging.key)
            if diff.fresh:
                yield diff.fresh
            in_front = self._note_look(page, diff, came if same else None)
            if not came and same:
                met = self.record.found >= self.record.highest
                grown = page.total and total and page.total > total
                self.record.start_unchanged = met and not grown
            if not (came and in_front):
                return
            before, total = now, page.total

    def _note_look(self, page: Page, diff: PageDiff, came: int | None) -> bool:
        """Count another read of the first page; return whether all new rows precede the old ones.

        Args:
            came: Number of rows before the old first row; None if other rows differ too.
        """
        record = self.record
        in_front = self.paging.order is Order.NEWEST_FIRST and came == len(diff.fresh)
        record.new += len(diff.fresh)
        # Elsewhere it may be a row that the walk missed.
        record.newcomers += len(diff.fresh) if in_front else self.newcomers.among(diff.fresh)
        record.found += len(diff.fresh) + diff.again
        record.state(page)
        return in_front
