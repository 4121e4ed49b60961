"""Driving pagers: one listing, or one listing for each parent, read once per run."""

from __future__ import annotations

import tempfile
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeVar

from identity_sdk.errors import ApiError, IdentityError, Incomplete, NotFound
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.listing.pager import ListingResult, Pager, Step
from identity_sdk.records.codec import decode, encode

Reading = Generator[list[Item], None, ListingResult]
"""Pages of items, and at last what was proven of them."""


class PendingResponse(Protocol):
    """A response that may still be under way."""

    def result(self) -> Response: ...

    def cancel(self) -> bool: ...


Send = Callable[[Request], PendingResponse]
_T = TypeVar("_T")


class PagerDriver:
    """A pager with its requests in flight.

    `start` starts its first requests without waiting, so that many walks can be under
    way while their items are still emitted one walk after another.

    Attributes:
        bound: Fields that every item gets, such as the key of its parent.
        found: How many items have come.
        result: What the finished walk proved.
    """

    def __init__(self, pager: Pager, send: Send, bound: Item | None = None) -> None:
        self._pager = pager
        self._send = send
        self.bound = bound or {}
        self.found = 0
        self._flying: deque[PendingResponse] = deque()
        self._step: Request | Step | list[Item] | None = None
        self.result: ListingResult | None = None

    def start(self) -> PagerDriver:
        self._advance(lambda: next(self._pager))
        self._send_ahead()
        return self

    def pages(self) -> Iterator[list[Item]]:
        if self._step is None and self.result is None:
            self.start()
        while self.result is None:
            if isinstance(self._step, list):
                page, bound = self._step, self.bound
                self.found += len(page)
                yield [{**item, **bound} for item in page] if bound else page
                self._advance(lambda: self._pager.send(None))
            elif self._step is Step.TAKE:
                self._take()
            else:
                self.close()
                self._advance(lambda: self._pager.send(None))
            self._send_ahead()

    def close(self) -> None:
        """Forget all requests in flight."""
        while self._flying:
            self._flying.popleft().cancel()

    def _send_ahead(self) -> None:
        while isinstance(self._step, Request):
            self._flying.append(self._send(self._step))
            self._advance(lambda: self._pager.send(None))

    def _take(self) -> None:
        try:
            response = self._flying.popleft().result()
        except ApiError as error:
            failure = error
            self._advance(lambda: self._pager.throw(failure))
        else:
            self._advance(lambda: self._pager.send(response))

    def _advance(self, move: Callable[[], Request | Step | list[Item]]) -> None:
        try:
            self._step = move()
        except StopIteration as stop:
            self.result = stop.value


def read_listing(pager: Pager, send: Send) -> Reading:
    """Walk one listing."""
    drive = PagerDriver(pager, send)
    try:
        yield from drive.pages()
    finally:
        drive.close()
    return drive.result or ListingResult()


def read_per_parent(
    parents: Iterable[Item],
    pager_of: Callable[[Item], tuple[Pager, Item]],
    send: Send,
    window: int,
    gone: Callable[[Item, NotFound], None],
    arrived: Callable[[Item, list[Item]], None] = lambda bound, items: None,
    done: Callable[[Item, int], None] = lambda bound, found: None,
) -> Reading:
    """Walk one listing per parent, up to `window` of them at once, in the parents' order.

    `pager_of` gives a parent's pager and the fields that bind its items to it. With these
    fields, `gone` is told of a parent whose first page is answered 404 (whether it vanished
    meanwhile, the caller must find out), `arrived` of each page, and `done` how many items each
    other one had. A parent without items yields an empty page, so that whoever waits hears of it.
    """
    queue: deque[PagerDriver] = deque()
    source = iter(parents)

    def next_drive() -> PagerDriver | None:
        while len(queue) < window and (parent := next(source, None)) is not None:
            pager, bound = pager_of(parent)
            queue.append(PagerDriver(pager, send, bound).start())
        return queue[0] if queue else None

    results: list[ListingResult] = []
    read = 0
    try:
        while drive := next_drive():
            read += 1
            try:
                for page in drive.pages():
                    arrived(drive.bound, page)
                    yield page
                results.append(drive.result or ListingResult())
                done(drive.bound, drive.found)
            except NotFound as error:
                if drive.found:
                    raise
                gone(drive.bound, error)
            if not drive.found:
                yield []
            queue.popleft().close()
    finally:
        for drive in queue:
            drive.close()
    return _summary(results, read, "parents")


def collect(reading: Reading) -> list[Item]:
    """All items of a reading.

    Raises:
        Incomplete: It is not proven whole.
    """
    items: list[Item] = []
    while True:
        try:
            items += next(reading)
        except StopIteration as stop:
            result: ListingResult = stop.value
            if result.incomplete:
                raise Incomplete(result.incomplete) from None
            return items


def read_in_turn(readings: Iterable[Reading]) -> Reading:
    """Several listings one after another, as one."""
    results = []
    for reading in readings:
        results.append((yield from reading))
    return _summary(results, len(results), "listings")


def batches(values: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """Values in lists of so many at most."""
    return (values[place : place + size] for place in range(0, len(values), size))


def _summary(results: list[ListingResult], number: int, name: str) -> ListingResult:
    amiss = [result for result in results if result.incomplete]
    totals = [result.total for result in results]
    total = sum(t for t in totals if t is not None) if None not in totals else None
    reason = f"{len(amiss)} of {number} {name}: {amiss[0].incomplete}" if amiss else None
    missing = sum(each.missing for each in amiss) if all(each.missing for each in amiss) else 0
    repeats = sum(result.repeats for result in results)
    return ListingResult(total if totals else None, repeats, reason, missing)


@dataclass(frozen=True)
class LateItem:
    """An item that only a second look at a listing found.

    Attributes:
        before: The same item as the first look showed it; None if it did not.
    """

    item: Item
    before: Item | None = None


class Listing:
    """A listing that several streams read, walked once and then replayed.

    What comes by is kept in a temporary file that no one else can open, in memory up to
    a few megabytes, and only if more than one stream reads it.

    Attributes:
        items: How many have come by.
        result: What the finished walk proved; None before its end.
        trusted: Whether it was read before a good look at the rights.
        tainted: Why it may lack what the credential could not read meanwhile; None if it does not.
        late_items: What only a second look found; every stream that reads the listing emits it.
    """

    def __init__(self, read: Callable[[], Reading], *, shared: bool) -> None:
        self._read = read
        self._shared = shared
        self._spool: tempfile.SpooledTemporaryFile[bytes] | None = None
        self._error: IdentityError | None = None
        self.items = 0
        self.result: ListingResult | None = None
        self.late_items: list[LateItem] = []
        self.trusted = False
        self.tainted: str | None = None
        self._begun: Iterator[list[Item]] | None = None

    def begin(self) -> None:
        """Read the first page, which the first reader then gets.

        Raises:
            IdentityError: It cannot be read; each reader is told so too.
        """
        pages = self.first_read()
        first = next(pages, None)
        self._begun = pages if first is None else chain([first], pages)

    def pages(self) -> Iterator[list[Item]]:
        """All pages of items, those that only a second look found included.

        Raises:
            IdentityError: The walk failed, now or when another stream drove it.
        """
        yield from self.first_read()
        if late := [each.item for each in self.late_items if each.before is None]:
            yield late

    def first_read(self) -> Iterator[list[Item]]:
        """The pages as they came when the listing was read.

        Raises:
            IdentityError: The walk failed, now or when another stream drove it.
        """
        if self._begun is not None:
            begun, self._begun = self._begun, None
            yield from begun
            return
        if self._error is not None:
            raise self._error
        if self.result is not None and self._spool is not None:
            yield from _replay(self._spool)
            return
        spool = None
        if self._shared:
            spool = tempfile.SpooledTemporaryFile(max_size=4 * 2**20)  # noqa: SIM115 (kept)
        try:
            self.result = yield from self._recorded(spool)
        except BaseException as error:
            if spool is not None:
                spool.close()
            if isinstance(error, IdentityError):
                self._error = error
            raise
        if spool is not None:
            self._spool = spool
            weakref.finalize(self, spool.close)

    def _recorded(self, spool: tempfile.SpooledTemporaryFile[bytes] | None) -> Reading:
        reading = self._read()
        while True:
            try:
                page = next(reading)
            except StopIteration as stop:
                result: ListingResult = stop.value
                return result
            self.items += len(page)
            if spool is not None:
                spool.write(encode(page) + b"\n")
            yield page

    def require_complete(self) -> ListingResult:
        """The proof of a finished walk.

        Raises:
            Incomplete: The walk ended without proof that it was whole.
        """
        if self.result is None:
            raise Incomplete("the listing was not read to its end")
        if self.tainted:
            raise Incomplete(self.tainted)
        if self.result.incomplete:
            raise Incomplete(self.result.incomplete)
        return self.result


def _replay(spool: tempfile.SpooledTemporaryFile[bytes]) -> Iterator[list[Item]]:
    place = 0
    while True:
        spool.seek(place)  # Another replay may have moved it since.
        line = spool.readline()
        place = spool.tell()
        if not line:
            return
        yield decode(line)
