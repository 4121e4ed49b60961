"""Readings: replayed, abandoned, failed, and one below each parent."""

from __future__ import annotations

import json
from itertools import chain, zip_longest
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_sdk.errors import AccessDenied, ApiError, Incomplete, NotFound, Rejected
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.listing.fan_out import FanOut
from identity_sdk.listing.listing import Listing
from identity_sdk.listing.offset_paging import OffsetPaging
from identity_sdk.listing.pager import ListingResult, Pager
from identity_sdk.listing.reading import PagerDriver, Reading, result_of
from identity_sdk.records.codec import decode
from tests.sdk import scim_cases as cases
from tests.sdk.readings import drain
from tests.sdk.scim_simulator import (
    SIX,
    Outcome,
    ScimSimulator,
    ask,
    identity,
    nothing,
    paging,
    read,
)

thorough = settings(max_examples=500, deadline=None)

NAMES = st.text(max_size=3)
JSON = st.none() | st.booleans() | st.integers() | st.floats() | NAMES | st.lists(NAMES, max_size=2)
ITEMS = st.dictionaries(NAMES, JSON, max_size=2)


@thorough
@given(st.lists(st.lists(ITEMS, min_size=1, max_size=2), max_size=3), st.booleans())
def test_a_replay_is_the_first_reading_again(pages: list[list[Any]], together: bool) -> None:
    pages = [decode(json.dumps(page).encode()) for page in pages]

    def pager() -> Pager:
        yield from pages
        return ListingResult(total=7)

    walk = Listing(lambda: PagerDriver(pager(), nothing), shared=True)
    first = walk.pages()
    if together:  # Two readers before the first is done, each with a reading of its own.
        assert list(zip_longest(first, walk.pages())) == [(page, page) for page in pages]
    assert list(first) == ([] if together else pages)
    assert list(zip_longest(walk.pages(), walk.pages())) == [(page, page) for page in pages]
    late = walk.pages()
    assert [*walk.pages(), *late] == pages + pages
    assert walk.require_complete() == ListingResult(total=7)


def test_an_abandoned_reading_is_no_walk() -> None:
    server = ScimSimulator(SIX)
    walk = Listing(lambda: PagerDriver(paging().pager(), server.send), shared=True)
    assert next(walk.pages()) == SIX[:3]
    with pytest.raises(Incomplete):
        walk.require_complete()
    assert [*chain(*walk.pages())] == SIX
    served = server.served
    assert [*chain(*walk.pages())] == SIX
    assert server.served == served


def test_a_reading_without_a_result_proves_nothing() -> None:
    """Also one that ended in an error, and is asked for more."""

    def pager() -> Pager:
        yield SIX[:2]
        raise AccessDenied("no", 403)

    reading = PagerDriver(pager(), nothing)
    with pytest.raises(AccessDenied):
        drain(reading)
    assert reading.next_page() is None
    with pytest.raises(Incomplete):
        result_of(reading)


def test_an_error_is_given_again_to_each_reader() -> None:
    readings = []

    def pager() -> Pager:
        readings.append(1)
        yield SIX[:2]
        raise AccessDenied("no", 403)

    walk = Listing(lambda: PagerDriver(pager(), nothing), shared=True)
    for expected in ([SIX[:2]], [], []):
        got: list[list[Item]] = []
        with pytest.raises(AccessDenied):
            got.extend(walk.pages())
        assert got == expected
    assert len(readings) == 1
    with pytest.raises(Incomplete):
        walk.require_complete()


class Children:
    """A listing below each parent; None answers with an error, as a rule 404."""

    def __init__(self, listings: list[ScimSimulator | None], kind: type[ApiError] = NotFound):
        self.listings = listings
        self.kind = kind
        self.begun: list[int] = []
        self.gone: list[Item] = []

    def open(self, parent: Item) -> tuple[Reading, Item]:
        place = parent["place"]
        self.begun.append(place)

        def request(offset: int, size: int) -> Request:
            return Request(str(place), ask(offset, size).params)

        paging = OffsetPaging(
            request, read, identity, page_size=2, any_offset=True, honours_size=False
        )
        return PagerDriver(paging.pager(), self.send), {"parent": place}

    def send(self, request: Request) -> Outcome:
        server = self.listings[int(request.path)]
        return server.send(request) if server else Outcome(self.fail)

    def fail(self) -> Response:
        raise self.kind("no")

    def read(self, window: int) -> Reading:
        parents = ({"place": place} for place in range(len(self.listings)))
        gone = lambda bound, error: self.gone.append(bound)  # noqa: E731
        return FanOut(parents, self.open, window, gone)


FAMILIES = st.lists(st.none() | cases.LISTINGS.map(ScimSimulator), max_size=6).map(Children)


@thorough
@given(FAMILIES, st.integers(1, 8))
def test_children_come_in_the_order_of_their_parents(family: Children, window: int) -> None:
    expected = [
        {**item, "parent": place}
        for place, server in enumerate(family.listings)
        if server is not None
        for item in server.rows
    ]
    items, result = drain(family.read(window))
    assert items == expected
    assert result == ListingResult(total=len(expected) if any(family.listings) else None)
    gone = [place for place, server in enumerate(family.listings) if server is None]
    assert family.gone == [{"parent": place} for place in gone]


def test_a_child_that_is_gone_after_its_first_page_is_an_error() -> None:
    family = Children([ScimSimulator(SIX)])
    reading = family.read(1)
    assert len(reading.next_page() or []) == 2
    family.listings[0] = None
    with pytest.raises(NotFound):
        reading.next_page()


def test_children_are_read_ahead_as_far_as_the_window() -> None:
    family = Children([ScimSimulator(SIX) for _ in range(9)])
    reading = family.read(3)
    assert (reading.next_page() or [])[0]["parent"] == 0
    assert family.begun == [0, 1, 2]
    reading.close()


@pytest.mark.parametrize("window", [1, 2, 9])
def test_one_incomplete_child_makes_the_whole_incomplete(window: int) -> None:
    lossy = ScimSimulator(SIX, hidden=frozenset({"030"}))
    family = Children([ScimSimulator(SIX), None, lossy, ScimSimulator([])])
    items, result = drain(family.read(window))
    assert len(items) == 11
    assert result.incomplete == "1 of 4 parents: 5 of 6 rows were found"


def test_an_error_of_a_child_is_raised() -> None:
    with pytest.raises(Rejected):
        drain(Children([ScimSimulator(SIX), None], Rejected).read(2))
