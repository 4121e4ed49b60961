"""The audit log, newest first, with or without a server-side time window."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from identity_sdk import (
    Incomplete,
    Item,
    ListingResult,
    OffsetPaging,
    Order,
    Page,
    PageDiff,
    Pager,
    PagerSteps,
    Request,
    Response,
    SeenKeys,
    TooLarge,
    decode,
    fewer_rows,
    moment,
    object_at,
    take,
    unsound_rows,
)
from tap_logto.client import MOST_ROWS, LogtoStream, fingerprint, read_page

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Windowed:
    """Events in a server-side time window (Logto 1.40 and newer).

    The window ends at the newest event of the first page, so that new events do not move the pages.
    From then on it is a closed window of an append-only log.

    It is first read in numbered pages, several in flight. What is proven, and why:

    - A page shorter than its size holds all events: its rows are one SELECT, and Logto honours
      every size up to 100.
    - A full page proves nothing, as the rows are counted in an earlier SELECT: an event added
      between the two pushes the oldest out, and the total still fits. The page past it would show
      that, so it is requested.
    - Several pages whose rows reach the total hold all events. Nothing enters a closed window, so
      that counts and rows are of the same events, and no second walk is needed.

    Events of one millisecond have no order: pages may show some of them twice and others never, and
    then the total is not reached. In that case the window is read a second time, with each page
    ending the window of the next: its oldest millisecond is requested again, completely. Such a
    page needs neither number nor total, as it holds all events newer than its last one. Only if one
    millisecond fills a page, the total must tell whether there were more.

    Attributes:
        since: Start of the window in epoch milliseconds, inclusive.
    """

    path: str
    since: int | None
    page_size: int
    window: int
    seen: SeenKeys = field(default_factory=SeenKeys)
    _until: int | None = None

    def pager(self) -> Pager:
        """The pager."""
        paging = OffsetPaging(
            request=lambda offset, size: self._request(offset // size + 1, size, self._until),
            read=self._read,
            key=_id,
            page_size=self.page_size,
            window=self.window,
            order=Order.CLOSED,
            past_total=True,
            walks=1,
            seen=self.seen,
        )
        result = yield from paging.pager()
        if result.incomplete is None or self._until is None:
            return result
        self.seen.next_walk()
        return (yield from self._again(self._until, result.repeats))

    def _again(self, until: int, repeats: int) -> Pager:
        """The whole window; each page starts at the oldest event of the previous one."""
        size, total, unkeyed, conflicts = MOST_ROWS, None, 0, 0
        while self.since is None or self.since <= until:
            yield self._request(1, size, until)
            try:
                page = read_page((yield from take()))
            except TooLarge:
                if size == 1:
                    raise
                size //= 2
                continue
            total = _highest(total, page)
            diff = self.seen.compare(page.items, _id)
            unkeyed, conflicts = unkeyed + diff.unkeyed, conflicts + diff.conflicts
            if diff.fresh:
                yield diff.fresh
            oldest = _times(page.items, until)[-1:]
            if len(page.items) < size:
                break
            if oldest == [until] and total is None:
                return ListingResult(
                    None, repeats, f"{size} events or more have the timestamp {until}"
                )
            until = min(*oldest, until - 1)
        found = self.seen.in_walk
        problem = unsound_rows(unkeyed, conflicts) or _fewer(found, total)
        return ListingResult(total, repeats, problem or fewer_rows(self.seen.total, found))

    def _request(self, page: int, size: int, until: int | None) -> Request:
        params = {"page": page, "page_size": size, "start_time": self.since, "end_time": until}
        return Request(self.path, params)

    def _read(self, response: Response) -> Page:
        page = read_page(response)
        times = _times(page.items)
        if self._until is None and times:
            self._until = times[0]
        return page


@dataclass
class EarlyStop:
    """Events back to a given time, from a server without time windows (before 1.40).

    The listing is append-only and newest first, so that new events cause duplicate rows and hide
    none. A walk ends at a page shorter than its size, or past the given time. Only events of one
    millisecond at a page boundary may be hidden, as they have no order. What is proven, and why:

    - A walk without a millisecond at a page boundary returned all events.
    - Of the whole log, a total that is reached is proof, whatever was at page boundaries, in one
      walk or several together. The total was counted before the rows of its page were selected, but
      an event added between the two is on the first page and on no other. So if the first page is
      the only one, it counts only if it is short. Events added while the log was read are counted
      and not yet found: they come first, and are read until a page has no new rows.
    - Otherwise walks with other page sizes must have found each such millisecond away from a page
      boundary.

    Attributes:
        since: The time in epoch milliseconds, inclusive.
    """

    path: str
    since: int | None
    page_size: int
    seen: SeenKeys = field(default_factory=SeenKeys)

    _WALKS = 6
    _repeats = _conflicts = 0
    _total: int | None = None
    _until: int | None = None

    def pager(self) -> Pager:
        """The pager."""
        edges: set[int] | None = None
        problem: str | None = None
        sizes = dict.fromkeys([self.page_size, *range(MOST_ROWS, 0, -11)])
        for size in islice(sizes, self._WALKS):
            met = yield from self._back(size)
            if met is None:
                problem = "the server does not page"
            else:
                edges = met if edges is None else edges & met
                problem = _ON_EDGES if edges else None
            if self.since is None and self._total is not None:
                problem = yield from self._newer(by_count=problem is not None)
            if problem is None:
                break
            self.seen.next_walk()
        return ListingResult(None, self._repeats, unsound_rows(0, self._conflicts) or problem)

    def _back(self, size: int) -> PagerSteps[set[int] | None]:
        """Walk from the newest event; return the timestamps at page boundaries, None if pages do
        not end."""
        edges: set[int] = set()
        last, number, idle = None, 0, 0
        while idle < _MOST_IDLE:
            number += 1
            times, diff = yield from self._page(number, size)
            if last is not None and times[:1] == [last]:
                edges.add(last)
            if len(times) < size or times[-1] < (self.since or 0):
                return edges
            idle = 0 if diff.moves_on else idle + 1
            last = times[-1]
        return None

    def _newer(self, *, by_count: bool) -> PagerSteps[str | None]:
        """Read events that the total counts and the walk started too early for; return what is
        missing.

        Where only the total proves the rest, it must have counted all events found: so the last
        page must have no new rows.
        """
        lacking, number = _fewer(self.seen.total, self._total), 1
        for _ in range(_MOST_NEW_PAGES):
            if lacking is None:
                break
            times, diff = yield from self._page(number, MOST_ROWS)
            lacking = _fewer(self.seen.total, self._total)
            if not diff.fresh:
                break
            if by_count:
                lacking = lacking or "events were added faster than they could be read"
            number = number + 1 if len(diff.fresh) == len(times) else 1
        return lacking

    def _page(self, number: int, size: int) -> PagerSteps[tuple[list[int], PageDiff]]:
        """Emit the requested, new events of a page; return the timestamps of its events."""
        yield Request(self.path, {"page": number, "page_size": size})
        page = read_page((yield from take()))
        self._total = _highest(self._total, page)
        diff = self.seen.compare(page.items, _id)
        self._repeats += diff.repeats
        self._conflicts += diff.conflicts
        if diff.unkeyed:
            raise Incomplete(unsound_rows(diff.unkeyed, 0))
        times = _times(page.items)
        if self._until is None and times:
            self._until = times[0]
        first, last = self.since or 0, self._until or 0
        wanted = [event for event in diff.fresh if first <= event["createdAt"] <= last]
        if wanted:
            yield wanted
        return times, diff


_MOST_IDLE = 3
"""Consecutive pages without a new event after which a server is considered not to page."""
_MOST_NEW_PAGES = 100
"""Maximum number of pages of events that were added while the log was read."""
_ON_EDGES = "events with the same timestamp were at page boundaries in every walk"


def _id(event: Item) -> Any:
    return event.get("id")


def _times(events: list[Item], until: int | None = None) -> list[int]:
    """The timestamps of the events of a page, in epoch milliseconds.

    Raises:
        Incomplete: One is missing, or they are not sorted newest first, from `until` on.
    """
    times: list[Any] = [event.get("createdAt") for event in events]
    if not all(isinstance(time, int) for time in times):
        raise Incomplete("an event has no timestamp")
    bounded = times if until is None else [until, *times]
    if bounded != sorted(bounded, reverse=True):
        raise Incomplete("the server does not list the newest events first")
    return times


def _highest(total: int | None, page: Page) -> int | None:
    return max((each for each in (total, page.total) if each is not None), default=None)


def _fewer(found: int, total: int | None) -> str | None:
    """Why a walk found fewer events than the total; None if it did not."""
    return f"{found} of {total} rows were found" if found < (total or 0) else None


class AuditLogs(LogtoStream):
    """An audit log event, such as a sign-in or the issuing of a token."""

    name = "audit_logs"
    path = "/logs"
    primary_keys = ("id",)
    replication_key = "created_at"

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        start = self.since()
        since = int(moment(start).timestamp() * 1000) if start else None
        if self.tap.windows:
            return Windowed(path, since, self.page_size, self.run.client.concurrency).pager()
        return EarlyStop(path, since, self.page_size).pager()

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        payload = object_at(item, "payload")
        yield {
            **self.named(item),
            "result": payload.get("result"),
            "error_code": error_code(payload.get("error")),
            "user_id": payload.get("userId"),
            "application_id": payload.get("applicationId"),
            "session_id": fingerprint(payload.get("sessionId")),
            "ip": payload.get("ip"),
            "user_agent": payload.get("userAgent"),
            "payload": {k: v for k, v in payload.items() if k not in _SESSION} or None,
        }


_SESSION = ("sessionId", "interactionId")


def error_code(error: object) -> str | None:
    """The code in an event's `error`, which is an object, or one as text, with a stack trace."""
    told: object = error
    if isinstance(error, str):
        try:
            told = decode(error.encode())
        except ValueError:
            return error if re.fullmatch(r"[\w.:-]{1,100}", error) else None
    fields = told if isinstance(told, dict) else {}
    code = fields.get("code") or fields.get("error")
    return code if isinstance(code, str) else None
