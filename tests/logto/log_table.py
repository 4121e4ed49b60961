"""A table of events as Logto lists it: newest first, each page counted and then selected."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from identity_sdk.errors import TooLarge
from identity_sdk.exchange import Item, Request, Response
from tests.sdk.scim_simulator import Outcome

Times = Sequence[int]
"""When events happen, in epoch milliseconds; none is before those that are there."""


@dataclass
class LogTable:
    """Events, and what happens to them while they are read.

    Events of one millisecond come in an order that depends on the page that is asked for.

    Attributes:
        times: When the events happened that are there at first, oldest first.
        before: Events that come before a request, by its number; the first is 0.
        between: Events that come once a page has been counted, before it is selected.
        gone: How many of the oldest events are forgotten before a request.
        windows: Whether time windows are heeded.
        counts: Whether pages come with a total.
        most: The largest page that may be asked for.
        too_large: The size from which pages are answered with 413.
    """

    times: Times
    before: Mapping[int, Times] = field(default_factory=dict)
    between: Mapping[int, Times] = field(default_factory=dict)
    gone: Mapping[int, int] = field(default_factory=dict)
    windows: bool = True
    counts: bool = True
    most: int = 100
    too_large: int = 101
    seed: int = 0

    def __post_init__(self) -> None:
        self._numbers = count()
        self.events: list[Item] = []
        self.asked: list[Request] = []
        self._happen(self.times)
        self.lasting = {event["id"] for event in self.events}
        """Ids of the events that were there before the first request and still are."""

    def send(self, request: Request) -> Outcome:
        number = len(self.asked)
        self.asked.append(request)
        self._happen(self.before.get(number, ()))
        forgotten = self.gone.get(number, 0)
        self.lasting -= {event["id"] for event in self.events[:forgotten]}
        del self.events[:forgotten]
        total = len(self._wanted(request))
        self._happen(self.between.get(number, ()))
        page = self._page(request)
        headers = {"total-number": str(total)} if self.counts else {}
        return Outcome(lambda: self._answer(request, Response(200, page, headers)))

    def _answer(self, request: Request, response: Response) -> Response:
        if int(request.params["page_size"] or 0) >= self.too_large:
            raise TooLarge("too much", 413)
        return response

    def _page(self, request: Request) -> list[Item]:
        number, size = int(request.params["page"] or 0), int(request.params["page_size"] or 0)
        assert number > 0
        assert 0 < size <= self.most
        ties = random.Random(f"{self.seed} {number} {size}")
        rows = sorted(self._wanted(request), key=lambda e: (-e["createdAt"], ties.random()))
        return rows[(number - 1) * size : number * size]

    def _wanted(self, request: Request) -> list[Item]:
        start, end = request.params.get("start_time"), request.params.get("end_time")
        if not self.windows:
            start = end = None
        first, last = int(start or 0), int(10**15 if end is None else end)
        assert first <= last, "an error to the server"
        return [event for event in self.events if first <= event["createdAt"] <= last]

    def _happen(self, times: Times) -> None:
        self.events += [{"id": f"e{next(self._numbers)}", "createdAt": time} for time in times]
