"""Pagers, which do no I/O.

A pager is a generator. It yields steps and is sent responses:

- a `Request` is put in flight; nothing is sent back;
- `Step.TAKE` waits for the oldest request in flight and is sent its `Response`, or has its
  `ApiError` thrown in;
- `Step.DISCARD` discards all requests in flight;
- a list of items is emitted.

It returns a `ListingResult`: the server's total, and whether all rows were seen. So it can be
tested with hand-made responses, one at a time or with many in flight, and emits the same items in
the same order.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from identity_sdk.listing.dedupe import Deduplicator, SeenKeys
from identity_sdk.listing.evidence import ListingResult as ListingResult
from identity_sdk.listing.evidence import stated_total, unsound_rows

if TYPE_CHECKING:
    from identity_sdk.exchange import Item, Request, Response


class Step(enum.Enum):
    """Steps other than a request or a list of items."""

    TAKE = enum.auto()
    DISCARD = enum.auto()


@dataclass(frozen=True)
class Page:
    """One page of a listing, with its total, if it states one.

    Attributes:
        unreadable: Whether it states a total that is not a number.
    """

    items: list[Item]
    total: int | None = None
    unreadable: bool = False

    @classmethod
    def of(cls, items: list[Item], total: Any) -> Page:
        """A page with the total as the server states it."""
        return cls(items, *stated_total(total))


Pager = Generator["Request | Step | list[Item]", "Response | None", ListingResult]
_T = TypeVar("_T")
PagerSteps = Generator["Request | Step | list[Item]", "Response | None", _T]


def take() -> PagerSteps[Response]:
    """The oldest response in flight, for use in a pager: `response = yield from take()`."""
    response = yield Step.TAKE
    if response is None:
        raise TypeError("the driver sent no response for TAKE")
    return response


def in_memory(
    items: list[Item],
    key: Callable[[Item], Hashable | None],
    content: Callable[[Item], Any] | None = None,
) -> Pager:
    """A listing that is already in memory; see `SeenKeys` for `content`."""
    sieve = Deduplicator(key)
    if fresh := sieve.fresh(items):
        yield fresh
    conflicts = sieve.conflicts
    if conflicts and content is not None:
        emitted = SeenKeys(content)
        emitted.next_walk()
        conflicts = emitted.compare(items, key).conflicts
    return ListingResult(None, sieve.repeats, unsound_rows(sieve.unkeyed, conflicts))


def one_response(
    request: Request,
    read: Callable[[Response], list[Item]],
    key: Callable[[Item], Hashable | None],
) -> Pager:
    """A listing in a single response."""
    yield request
    items = read((yield from take()))
    return (yield from in_memory(items, key))
