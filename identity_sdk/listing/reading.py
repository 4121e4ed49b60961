"""Readings: listings being read, page by page.

A reading is asked for pages until there are none left; then it has a result. It is not a generator,
so that the call stack between stream and pager stays shallow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import partial
from typing import Protocol, TypeVar

from identity_sdk.errors import ApiError, IdentityError, Incomplete
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.listing.evidence import ListingResult
from identity_sdk.listing.pager import Pager, Step


class PendingResponse(Protocol):
    """A response that may still be in flight."""

    def result(self) -> Response: ...

    def cancel(self) -> bool: ...


Send = Callable[[Request], PendingResponse]
_T = TypeVar("_T")


class Reading(Protocol):
    """A listing that is being read."""

    @property
    def result(self) -> ListingResult | None:
        """The result; None before its end."""

    def start(self) -> None:
        """Send the first requests without waiting, so that many readings can be in flight while
        items are emitted one reading after another."""

    def next_page(self) -> list[Item] | None:
        """The next page; None at the end.

        Raises:
            IdentityError: It cannot be read.
        """

    def close(self) -> None:
        """Discard all requests in flight."""


class PagerDriver:
    """A pager with its requests in flight."""

    def __init__(self, pager: Pager, send: Send) -> None:
        self._pager = pager
        self._send = send
        self._flying: deque[PendingResponse] = deque()
        self._step: Request | Step | list[Item] | None = None
        self._started = False
        self.result: ListingResult | None = None

    def start(self) -> None:
        if self._started:
            return
        self._started = True
        try:
            self._step = next(self._pager)
            while isinstance(self._step, Request):
                self._flying.append(self._send(self._step))
                self._step = self._pager.send(None)
        except StopIteration as stop:
            self.result = stop.value

    def next_page(self) -> list[Item] | None:
        self.start()
        try:
            while self.result is None:
                step, self._step = self._step, None
                answer: Response | ApiError | None = None
                if isinstance(step, list):
                    return step
                if isinstance(step, Request):
                    self._flying.append(self._send(step))
                elif step is Step.TAKE:
                    answer = self._oldest()
                elif step is Step.DISCARD:
                    self.close()
                if isinstance(answer, ApiError):
                    self._step = self._pager.throw(answer)
                else:
                    self._step = self._pager.send(answer)
        except StopIteration as stop:
            self.result = stop.value
        return None

    def close(self) -> None:
        while self._flying:
            self._flying.popleft().cancel()

    def _oldest(self) -> Response | ApiError:
        try:
            return self._flying.popleft().result()
        except ApiError as error:
            return error


Readings = Generator[Reading, None, ListingResult]
"""Consecutive readings.

The generator is resumed when a reading ends, or has that reading's error thrown in; it returns
their combined result. It is not on the stack while pages are read.
"""


class InTurn:
    """Several consecutive readings, as one."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._reading: Reading | None = None
        self.result: ListingResult | None = None

    def start(self) -> None:
        if self._reading is None and self.result is None:
            self._move(partial(next, self._readings))

    def next_page(self) -> list[Item] | None:
        self.start()
        while self._reading is not None:
            try:
                if (page := self._reading.next_page()) is not None:
                    return page
            except IdentityError as error:
                self._move(partial(self._readings.throw, error))
            else:
                self._move(partial(next, self._readings))
        return None

    def close(self) -> None:
        if self._reading is not None:
            self._reading.close()

    def _move(self, on: Callable[[], Reading]) -> None:
        """Move on to the next reading, and start it."""
        self.close()
        while True:
            self._reading = None
            try:
                reading = on()
            except StopIteration as stop:
                self.result = stop.value
                return
            try:
                reading.start()
            except IdentityError as error:
                on = partial(self._readings.throw, error)
            else:
                self._reading = reading
                return


class Filtered:
    """A reading of which only some items are kept."""

    def __init__(self, reading: Reading, keep: Callable[[list[Item]], list[Item]]) -> None:
        self._reading = reading
        self._keep = keep
        self.start, self.close = reading.start, reading.close

    @property
    def result(self) -> ListingResult | None:
        return self._reading.result

    def next_page(self) -> list[Item] | None:
        page = self._reading.next_page()
        return None if page is None else self._keep(page)


def in_turn(readings: Iterable[Reading]) -> InTurn:
    """Independent readings, as one."""

    def each() -> Readings:
        results = []
        for reading in readings:
            yield reading
            results.append(result_of(reading))
        return summary(results, len(results), "listings")

    return InTurn(each())


def result_of(reading: Reading) -> ListingResult:
    """The result of a finished reading.

    Raises:
        Incomplete: It is not finished: without a result nothing is proven.
    """
    if reading.result is None:
        raise Incomplete("the listing was not read to its end")
    return reading.result


def collect(reading: Reading) -> list[Item]:
    """All items of a reading.

    Raises:
        Incomplete: It is not proven complete.
    """
    items: list[Item] = []
    while (page := reading.next_page()) is not None:
        items += page
    if reason := result_of(reading).incomplete:
        raise Incomplete(reason)
    return items


def batches(values: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """Values in batches of at most this size."""
    return (values[place : place + size] for place in range(0, len(values), size))


def summary(results: list[ListingResult], number: int, name: str) -> ListingResult:
    """The combined result of several listings.

    Args:
        number: Number of listings, including those without a result.
        name: What they are called in the reason.
    """
    amiss = [result for result in results if result.incomplete]
    totals = [result.total for result in results]
    total = sum(t for t in totals if t is not None) if None not in totals else None
    reason = f"{len(amiss)} of {number} {name}: {amiss[0].incomplete}" if amiss else None
    missing = sum(each.missing for each in amiss) if all(each.missing for each in amiss) else 0
    repeats = sum(result.repeats for result in results)
    return ListingResult(total if totals else None, repeats, reason, missing)
