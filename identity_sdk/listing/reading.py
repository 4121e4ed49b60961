"""Listings that are being read, a page at a time.

A reading is asked for page after page; when there is none left it has a result. It is no
generator, so that from a stream to a page stands little more than the pager itself.
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
    """A response that may still be under way."""

    def result(self) -> Response: ...

    def cancel(self) -> bool: ...


Send = Callable[[Request], PendingResponse]
_T = TypeVar("_T")


class Reading(Protocol):
    """A listing that is being read."""

    @property
    def result(self) -> ListingResult | None:
        """What was proven of it; None before its end."""

    def start(self) -> None:
        """Send the first requests without waiting for an answer, so that many readings can be
        under way while their items are still emitted one reading after another."""

    def next_page(self) -> list[Item] | None:
        """The next page; None at the end.

        Raises:
            IdentityError: It cannot be read.
        """

    def close(self) -> None:
        """Forget all requests in flight."""


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
"""Readings one after another.

The generator is resumed when a reading is at its end, or gets the error thrown in with which
it ended, and returns what all of them proved. It is not on the stack while pages are read.
"""


class InTurn:
    """Several readings one after another, as one."""

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
        """Go on to the next reading, and start it."""
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


def in_turn(readings: Iterable[Reading], name: str = "listings") -> InTurn:
    """Readings that are independent of each other, as one.

    Args:
        name: What they are, for those of which a reason is told.
    """

    def each() -> Readings:
        results = []
        for reading in readings:
            yield reading
            results.append(result_of(reading))
        return summary(results, len(results), name)

    return InTurn(each())


def result_of(reading: Reading) -> ListingResult:
    """The result of a reading that is at its end."""
    return reading.result or ListingResult()


def collect(reading: Reading) -> list[Item]:
    """All items of a reading.

    Raises:
        Incomplete: It is not proven whole.
    """
    items: list[Item] = []
    while (page := reading.next_page()) is not None:
        items += page
    if reason := result_of(reading).incomplete:
        raise Incomplete(reason)
    return items


def batches(values: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """Values in lists of so many at most."""
    return (values[place : place + size] for place in range(0, len(values), size))


def summary(results: list[ListingResult], number: int, name: str) -> ListingResult:
    """What several listings prove together.

    Args:
        number: How many there are, those without a result included.
        name: What they are.
    """
    amiss = [result for result in results if result.incomplete]
    totals = [result.total for result in results]
    total = sum(t for t in totals if t is not None) if None not in totals else None
    reason = f"{len(amiss)} of {number} {name}: {amiss[0].incomplete}" if amiss else None
    missing = sum(each.missing for each in amiss) if all(each.missing for each in amiss) else 0
    repeats = sum(result.repeats for result in results)
    return ListingResult(total if totals else None, repeats, reason, missing)
