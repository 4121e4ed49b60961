"""Pagers without input or output.

A pager is a generator. It yields steps and is sent responses:

- a `Request` is put in flight; nothing is sent back;
- `Step.TAKE` waits for the oldest request in flight and is sent its `Response`, or has
  its `ApiError` thrown in;
- `Step.DISCARD` forgets all requests in flight;
- a list of items is emitted.

It returns a `Proof`: what the server said there is, and whether all of it was seen.
So it runs against hand-made responses in a test, one request after another, or with
many in flight, and emits the same items in the same order.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from identity_sdk.errors import ApiError
from identity_sdk.keys import Sieve, fewer_rows

if TYPE_CHECKING:
    from identity_sdk.exchange import Item, Request, Response


class Step(enum.Enum):
    """What a pager asks of its driver, besides a request or the emission of items."""

    TAKE = enum.auto()
    DISCARD = enum.auto()


@dataclass(frozen=True)
class Proof:
    """What a finished walk proved.

    Attributes:
        total: How many items the server says there are; None if it does not say, or
            says what cannot be true.
        repeats: Rows that were seen twice and dropped.
        incomplete: Why the walk is not known to be whole; None if it is.
    """

    total: int | None = None
    repeats: int = 0
    incomplete: str | None = None


@dataclass(frozen=True)
class Page:
    """One page of a listing, and the total that came with it, if one did."""

    items: list[Item]
    total: int | None = None


Pager = Generator["Request | Step | list[Item]", "Response | None", Proof]
_T = TypeVar("_T")
Walking = Generator["Request | Step | list[Item]", "Response | None", _T]


def take() -> Walking[Response]:
    """The oldest response in flight, in a pager: `response = yield from take()`."""
    response = yield Step.TAKE
    if response is None:
        raise TypeError("the driver answered TAKE without a response")
    return response


def whole(items: list[Item], key: Callable[[Item], Hashable | None]) -> Pager:
    """A listing that is already at hand."""
    sieve = Sieve(key)
    if fresh := sieve.fresh(items):
        yield fresh
    return Proof(None, sieve.repeats, sieve.flaw)


def single(
    request: Request,
    read: Callable[[Response], list[Item]],
    key: Callable[[Item], Hashable | None],
) -> Pager:
    """A listing that comes whole in one response."""
    yield request
    items = read((yield from take()))
    return (yield from whole(items, key))


@dataclass(frozen=True)
class CursorPaging:
    """Listings in which each page names the next.

    The walk ends at a page that names none. A cursor that comes back, or page after page
    without anything new, would make it endless; the walk then ends without proof.

    Attributes:
        request: Builds the request for a cursor; None for the first page.
        read: Reads a page and the next cursor from the body of a response.
        key: The identity of an item; None if it has none.
        most_empty: Pages in a row without anything new that are followed.
        confirm: Whether a listing of several pages is walked until two walks in a row bring
            the same rows, and the last none that is new; asked at the end of a walk. For
            cursors that count rows, so that one slips past as others go.
        rounds: Walks at most.
        amend: Given an error, makes `request` ask otherwise if that may help, for instance
            for fewer rows. Returns whether it could; the walk then starts over.
    """

    request: Callable[[str | None], Request]
    read: Callable[[Response], tuple[Page, str | None]]
    key: Callable[[Item], Hashable | None]
    most_empty: int = 3
    confirm: Callable[[], bool] = lambda: False
    rounds: int = 6
    amend: Callable[[ApiError], bool] = lambda error: False

    def walk(self) -> Pager:
        """The pager."""
        sieve, held = Sieve(self.key), dict[int, _Held]()
        seen, found = sieve.seen, (-1, 0)
        for _ in range(self.rounds):
            before, found_before = sieve.passed, found
            pages, total, flaw = yield from self._round(sieve, held)
            if flaw := flaw or sieve.flaw:
                return Proof(total, sieve.repeats, flaw)
            found = seen.in_round, seen.digest
            settled = sieve.passed == before and found == found_before
            if not self.confirm() or pages == 1 or settled:
                return Proof(total, sieve.repeats, fewer_rows(sieve.passed, seen.in_round))
            seen.next_round()
            if sieve.repeats:
                held.clear()  # Where rows come twice, which page brings them is by chance.
        flaw = f"no two of {self.rounds} walks found the same rows"
        return Proof(None, sieve.repeats, flaw)

    def _round(
        self, sieve: Sieve, held: dict[int, _Held]
    ) -> Walking[tuple[int, int | None, str | None]]:
        """One walk: its pages, the total that came with them, and why it proves nothing."""
        known, seen = set[str](), sieve.seen
        cursor, empty, total, pages = None, 0, None, 0
        while True:
            yield self.request(cursor)
            try:
                response = yield from take()
            except ApiError as error:
                if not self.amend(error):
                    raise
                seen.next_round()  # The cursor may count in pages of the former size.
                known.clear()
                held.clear()
                cursor, empty, pages = None, 0, 0
                continue
            pages, before = pages + 1, seen.in_round
            page, cursor = self._page(response, sieve, held)
            total = page.total if page.total is not None else total
            if page.items:
                yield page.items
            empty = 0 if seen.in_round > before else empty + 1
            if not cursor:
                return pages, total, None
            if cursor in known:
                return pages, total, "a page named a next one that came before"
            if empty > self.most_empty:
                flaw = f"{empty} pages in a row brought nothing new, and named a next one"
                return pages, total, flaw
            known.add(cursor)

    def _page(
        self, response: Response, sieve: Sieve, held: dict[int, _Held]
    ) -> tuple[Page, str | None]:
        """The rows of a page that are new, and the next cursor.

        A page that comes in a later walk as it was in the first, byte for byte, is not looked
        into. Should a row of it come with another page of that walk too, the digest differs
        from that of the first, and the next walk looks at both.
        """
        seen, mark = sieve.seen, response.mark
        if seen.round and mark in held:
            same = held.pop(mark)
            seen.again(same.keys, same.digest)
            return Page([], same.total), same.cursor
        keys, digest = seen.in_round, seen.digest
        page, cursor = self.read(response)
        fresh = sieve.fresh(page.items)
        keys, digest = seen.in_round - keys, seen.digest - digest
        if mark is not None and not seen.round:
            held[mark] = _Held(keys, digest, page.total, cursor)
        return Page(fresh, page.total), cursor


@dataclass(frozen=True)
class _Held:
    """What a page of the first walk brought: distinct keys, their digest, what it said."""

    keys: int
    digest: int
    total: int | None
    cursor: str | None
