"""Pagers without input or output.

A pager is a generator. It yields steps and is sent responses:

- a `Request` is put in flight; nothing is sent back;
- `Step.TAKE` waits for the oldest request in flight and is sent its `Response`, or has
  its `ApiError` thrown in;
- `Step.DISCARD` forgets all requests in flight;
- a list of items is emitted.

It returns a `ListingResult`: what the server said there is, and whether all of it was seen.
So it runs against hand-made responses in a test, one request after another, or with
many in flight, and emits the same items in the same order.
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
    """What a pager asks of its driver, besides a request or the emission of items."""

    TAKE = enum.auto()
    DISCARD = enum.auto()


@dataclass(frozen=True)
class Page:
    """One page of a listing, and the total that came with it, if one did.

    Attributes:
        unreadable: Whether a total came that is no number.
    """

    items: list[Item]
    total: int | None = None
    unreadable: bool = False

    @classmethod
    def of(cls, items: list[Item], total: Any) -> Page:
        """A page with a total as the server states it."""
        return cls(items, *stated_total(total))


Pager = Generator["Request | Step | list[Item]", "Response | None", ListingResult]
_T = TypeVar("_T")
PagerSteps = Generator["Request | Step | list[Item]", "Response | None", _T]


def take() -> PagerSteps[Response]:
    """The oldest response in flight, in a pager: `response = yield from take()`."""
    response = yield Step.TAKE
    if response is None:
        raise TypeError("the driver answered TAKE without a response")
    return response


def in_memory(
    items: list[Item],
    key: Callable[[Item], Hashable | None],
    content: Callable[[Item], Any] | None = None,
) -> Pager:
    """A listing that is already at hand; see `SeenKeys` for `content`."""
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
    """A listing that comes whole in one response."""
    yield request
    items = read((yield from take()))
    return (yield from in_memory(items, key))
