"""The audit log: newest first, with or without the server's own time window."""

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
    """Events in a time window that the server heeds (Logto 1.40 and newer).

    The window ends at the newest event of the first page, so that what happens meanwhile
    does not move the pages. From then on it is a closed window of an append-only log.

    It is read in numbered pages first, many at once. What is proven, and why:

    - A page shorter than its size holds all there is: its rows are one SELECT, and Logto
      heeds every size up to 100.
    - A full page proves nothing, for the rows are counted in a SELECT before: an event that
      comes between the two pushes the oldest out, and the total fits. The page past it would
      show that. So it is asked for.
    - Several pages whose rows reach the total hold all there is. Nothing comes into a closed
      window, so that counts and rows tell of the same events, and no second walk is needed.

    Events of one millisecond have no order: pages that part them may show some twice and
    others never, and then the total is not reached. The window is read a second time,
    in pages of which each ends the next one's window: its oldest millisecond comes again, whole.
    Such a page needs neither number nor total to be trusted, for it holds all events that
    are newer than its last one. Only if one millisecond fills a page, the total must tell
    whether it had more.

    Attributes:
        since: Where the window begins, in epoch milliseconds, inclusive.
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
        """The whole window, each page up to the oldest event of the one before."""
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
                return ListingResult(None, repeats, f"{size} events or more have the time {until}")
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
    """Events back to a moment, of a server that heeds no time window (before 1.40).

    The listing is append-only and newest first, so what happens meanwhile makes rows
    repeat and hides none. A walk ends at a page shorter than its size, or behind the moment.
    Only events of one millisecond at the edge of two pages may be hidden, for they have
    no order. What is proven, and why:

    - A walk in which no millisecond fell on an edge brought all there is.
    - Of the whole log, a total that is met is proof, whatever fell on edges, in one walk or
      in several together. The total was counted before the rows of its page were selected,
      but an event that came between the two is on the first page and on no other. So if
      the first page is the only one, it counts only if it is short. What came while the
      log was read is counted and not yet found: it stands first, and is read until
      a page brings nothing new.
    - Otherwise walks with other page sizes must have found each such edge elsewhere.

    Attributes:
        since: The moment, in epoch milliseconds, inclusive.
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
        """Walk from the newest event; return the moments on edges, None if pages do not end."""
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
        """Read what the total counts and the walk was too early for; return what it still lacks.

        Where the total alone is to prove the rest, it must have counted all that was found:
        so the last page brings nothing new.
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
                lacking = lacking or "events came faster than they could be counted"
            number = number + 1 if len(diff.fresh) == len(times) else 1
        return lacking

    def _page(self, number: int, size: int) -> PagerSteps[tuple[list[int], PageDiff]]:
        """Emit what is wanted and new of a page; return its events' times."""
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
"""Pages in a row without a new event, after which a server is taken not to page."""
_MOST_NEW_PAGES = 100
"""Pages of events that came while the log was read."""
_ON_EDGES = "events of one moment fell on the edges of pages in every walk"


def _id(event: Item) -> Any:
    return event.get("id")


def _times(events: list[Item], until: int | None = None) -> list[int]:
    """When the events of a page happened, in epoch milliseconds.

    Raises:
        Incomplete: One does not say, or they are not listed newest first, from `until` on.
    """
    times: list[Any] = [event.get("createdAt") for event in events]
    if not all(isinstance(time, int) for time in times):
        raise Incomplete("an event came without the moment when it happened")
    bounded = times if until is None else [until, *times]
    if bounded != sorted(bounded, reverse=True):
        raise Incomplete("the server does not list the newest events first")
    return times


def _highest(total: int | None, page: Page) -> int | None:
    return max((each for each in (total, page.total) if each is not None), default=None)


def _fewer(found: int, total: int | None) -> str | None:
    """What is wrong with a walk that found less than the total says; None if nothing is."""
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
    """What went wrong, of an event's `error`: an object, or one as text, with a stack trace."""
    told: object = error
    if isinstance(error, str):
        try:
            told = decode(error.encode())
        except ValueError:
            return error if re.fullmatch(r"[\w.:-]{1,100}", error) else None
    fields = told if isinstance(told, dict) else {}
    code = fields.get("code") or fields.get("error")
    return code if isinstance(code, str) else None
