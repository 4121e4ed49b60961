"""Searches of the event store, which silently limits the number of events per response."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from identity_sdk import (
    Deduplicator,
    Incomplete,
    Item,
    ListingResult,
    Pager,
    PagerSteps,
    Request,
    Response,
    TooLarge,
    moment,
    take,
    timestamp,
)

if TYPE_CHECKING:
    from collections.abc import Callable


PATH = "/admin/v1/events/_search"
KEYS = ("aggregate_type", "aggregate_id", "sequence")
MOST_EVENTS = 1000
"""More are never returned, whatever the requested limit, without any indication."""
_TICK = timedelta(microseconds=1)


def windows(
    since: datetime | None, until: datetime, read: Callable[[Response], list[Item]]
) -> Pager:
    """Events in a time range: in windows, each of which fits in one response.

    A response with as many events as requested may lack some; its window is then split in two, with
    nine tenths of its events in the older part, unless it spans a single microsecond.
    """
    sieve, search, problem = Deduplicator(_key), _Search(read), None
    waiting = [Window(since, until)]
    while waiting:
        window = waiting.pop()
        if window.is_instant:
            search.limit = MOST_EVENTS  # A smaller limit may have been due to the events around it.
        events, full = yield from search.ask(window)
        if full and not window.is_instant:
            waiting += window.halves(events)
            continue
        if full:
            events, sure = yield from _instant(window, events, search)
            if not sure:
                problem = problem or _crowded(window, len(events))
        if fresh := sieve.fresh(events):
            yield fresh
    return ListingResult(None if problem else sieve.passed, sieve.repeats, problem or sieve.problem)


def _instant(
    window: Window, begin: list[Item], search: _Search
) -> PagerSteps[tuple[list[Item], bool]]:
    """The events of a microsecond that can be found, and whether these are all.

    They are read from both ends, in the order in which they were written. If these do not meet, the
    window is split by sequence: each aggregate numbers its events, so that those of a single one
    always meet in the end. If those of many do not, each aggregate is read by itself; but there may
    be others.
    """
    found: dict[Any, Item] = {}
    waiting, sure = [window], True
    while waiting:
        part = waiting.pop()
        first, full = (begin, True) if part is window else (yield from search.ask(part))
        last, full = (yield from search.ask(part, asc=False)) if full else ([], False)
        apart = full and {*map(_key, first)}.isdisjoint(map(_key, last))
        parts = part.bands([*first, *last]) if apart and sure else []
        waiting += parts
        sure &= bool(parts) or not apart
        found.update((_key(each), each) for each in (*first, *last))
    aggregates = Counter(_aggregate(each) for each in found.values())
    for aggregate, count in aggregates.items() if not sure else ():
        above, full = 0, count > 1
        while full:
            rest = replace(window, aggregate=aggregate, above=above)
            more, full = yield from search.ask(rest)
            found.update((_key(each), each) for each in more)
            above = max(map(_sequence, more), default=above)
    return list(found.values()), sure


@dataclass(frozen=True)
class Window:
    """A search: events in a time range, and optionally in a range of sequences.

    Attributes:
        start: The first date; None for the oldest event.
        end: The date after the last.
        above, below: Exclusive bounds of the sequence; None for no bound.
        aggregate: Type and id of the only aggregate; None for all.
    """

    start: datetime | None
    end: datetime
    above: int = 0
    below: int | None = None
    aggregate: tuple[str, str] | None = None

    @property
    def is_instant(self) -> bool:
        """Whether it is a single microsecond."""
        return self.start is not None and self.end - self.start <= _TICK

    def request(self, limit: int, *, asc: bool) -> Request:
        """The request for the first, or the last, events up to a limit.

        All bounds of the server are exclusive. It accepts one bound of the sequence: the lower for
        the first events, the upper for the last.
        """
        bounds = {"until": timestamp(self.end.isoformat())}
        if self.start is not None:
            bounds["since"] = timestamp((self.start - _TICK).isoformat())
        body: dict[str, Any] = {"limit": limit, "asc": asc, "range": bounds}
        if sequence := self.above if asc else self.below:
            body["sequence"] = sequence
        if self.aggregate:
            kind, body["aggregateId"] = self.aggregate
            body["aggregateTypes"] = [kind]
        return Request(PATH, json=body)

    def check(self, events: list[Item], *, asc: bool) -> None:
        """Check that the server applied the filters.

        Raises:
            Incomplete: It did not, so that missing events would go unnoticed.
        """
        dates = [moment(each["creation_date"]) for each in events]
        if any(date >= self.end or (self.start and date < self.start) for date in dates):
            raise Incomplete("the server ignores the time range")
        least = self.above + 1 if asc and self.above else 0
        most = self.below - 1 if self.below and not asc else math.inf
        if not all(least <= _sequence(each) <= most for each in events):
            raise Incomplete("the server ignores the sequence filter")

    def halves(self, events: list[Item]) -> list[Window]:
        """Its two parts by time, the older one last."""
        dates = sorted(moment(each["creation_date"]) for each in events)
        cut = max(dates[len(dates) * 9 // 10], dates[0] + _TICK)
        cut = cut if cut < self.end else dates[0]
        return [replace(self, start=cut), replace(self, end=cut)]

    def bands(self, events: list[Item]) -> list[Window]:
        """Its parts by sequence, the lower one last; none if it has a single sequence."""
        end = self.below or max(map(_sequence, events)) + 1
        if end - self.above <= (2 if self.below else 1):
            return []
        middle = (self.above + end) // 2
        return [replace(self, above=middle), replace(self, below=middle + 1)]


class _Search:
    """Requests as many events as the server's responses can hold.

    Attributes:
        limit: Events per request; halved if a response is too large, and increased again later.
    """

    def __init__(self, read: Callable[[Response], list[Item]]) -> None:
        self._read = read
        self.limit = MOST_EVENTS

    def ask(self, window: Window, *, asc: bool = True) -> PagerSteps[tuple[list[Item], bool]]:
        """The first or last events of a window, and whether there may be more of them."""
        while True:
            yield window.request(self.limit, asc=asc)
            try:
                response = yield from take()
                break
            except TooLarge:
                if self.limit == 1:
                    raise
                self.limit //= 2
        events = self._read(response)
        window.check(events, asc=asc)
        full = len(events) >= self.limit
        if not full:
            self.limit = min(2 * self.limit, MOST_EVENTS)
        return events, full


def _key(event: Item) -> tuple[Any, ...]:
    return tuple(event[name] for name in KEYS)


def _aggregate(event: Item) -> tuple[str, str]:
    return event["aggregate_type"], event["aggregate_id"]


def _sequence(event: Item) -> int:
    return int(event["sequence"]) if event["sequence"].isdecimal() else 0


def _crowded(window: Window, found: int) -> str:
    return (
        f"at least {found} events have the timestamp {window.start}, more than can be read "
        "completely. To skip them, set `start_date` to at least 10 minutes later"
    )
