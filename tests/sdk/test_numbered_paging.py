"""Numbered paging, against servers that do wrong, and some that do not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from identity_sdk.errors import TooLarge
from identity_sdk.exchange import Response
from identity_sdk.listing import offset_walk
from identity_sdk.listing.dedupe import SeenKeys
from identity_sdk.listing.offset_paging import OffsetPaging
from identity_sdk.listing.pager import ListingResult, Page
from identity_sdk.listing.reading import PagerDriver
from tests.sdk import numbered_cases as cases
from tests.sdk import numbered_simulator as servers
from tests.sdk.numbered_simulator import (
    FOUR,
    SIX,
    Case,
    Change,
    NumberedSimulator,
    Touch,
    ask,
    outcome,
    paging,
    read,
    silent_loss,
    skip,
    walk,
)
from tests.sdk.readings import drain
from tests.sdk.scim_simulator import Delete, Insert, identity, ids, row

if TYPE_CHECKING:
    from identity_sdk.exchange import Item, Request

thorough = settings(max_examples=200, deadline=None)

# What must hold whatever the server does


@thorough
@given(cases.anything())
def test_every_walk_ends_and_emits_no_row_twice(case: Case) -> None:
    of, server = case
    items, _ = outcome(of, server)
    assert len(ids(items)) == len(set(ids(items)))
    rows = len(server.rows) + sum(map(len, server.script.values()))
    # Rounds, with those that were broken off, of a page for each row there is said to be.
    assert server.served <= 16 * (rows + 5 + 3 + of.keywords["window"])


@thorough
@given(cases.unordered())
def test_nothing_is_lost_silently_without_an_order(case: Case) -> None:
    assert not silent_loss(*case)


@thorough
@given(cases.lying())
def test_nothing_is_lost_silently_on_a_server_that_lies(case: Case) -> None:
    assert not silent_loss(*case)


@settings(thorough, max_examples=400)
@given(cases.drifting())
def test_only_a_deletion_and_an_insertion_at_once_lose_rows_silently(case: Case) -> None:
    of, server = case
    assert not silent_loss(of, server) or cases.offsets(server.script)


@thorough
@given(cases.undisturbed(), st.integers(1, 8))
def test_an_honest_server_is_walked_once_if_one_short_page_holds_all(
    case: Case, window: int
) -> None:
    """Else twice: nothing keeps rows in place, and a full page proves nothing."""
    of, server = case
    size: int = of.keywords["page_size"]
    items, result = walk(partial(of, window=window), server)
    assert items == server.rows
    assert result == ListingResult(total=len(server.rows))
    once = [(number + 1, size) for number in range(max(1, -(-len(server.rows) // size)))]
    assert server.asked == once * (1 if len(server.rows) < size else 2)


@thorough
@given(cases.quirky())
def test_a_quirk_that_hides_nothing_is_put_up_with(case: Case) -> None:
    of, server = case
    endless = server.wraps and server.total is servers.missing
    items, result = walk(of, server)
    if not (server.cuts and server.total is servers.missing):
        assert items == server.rows
        assert result.incomplete is None or endless


@thorough
@given(cases.steady(), st.integers(2, 8))
def test_the_window_changes_nothing(case: Case, window: int) -> None:
    of, server = case
    one, many = partial(of, window=1), partial(of, window=window)
    assert outcome(one, server.anew()) == outcome(many, server.anew())


@pytest.mark.parametrize("window", [2, 8])
def test_the_window_changes_nothing_where_the_total_counts_what_is_left(window: int) -> None:
    server = NumberedSimulator([row(n) for n in range(30)], total=servers.remaining)
    one, many = partial(paging, window=1), partial(paging, window=window)
    assert outcome(one, server.anew())[0] == outcome(many, server.anew())[0]


# Totals that are not true


def test_a_total_that_is_too_low_is_noticed_if_more_came() -> None:
    server = NumberedSimulator(SIX, total=servers.capped(3))
    items, result = walk(partial(paging, 2), server)
    assert items == SIX
    assert result == ListingResult(total=None)


@pytest.mark.parametrize("error", [1, 3, 1000])
def test_a_total_that_is_too_high_proves_nothing_and_costs_little(error: int) -> None:
    server = NumberedSimulator(SIX, total=servers.off_by(error))
    items, result = walk(partial(paging, 2), server)
    assert items == SIX
    assert f"6 of {6 + error} rows were found" in (result.incomplete or "")
    assert server.served <= 4 * (6 + 3)


def test_a_total_that_changes_proves_nothing() -> None:
    server = NumberedSimulator(SIX, total=servers.wavering)
    items, result = walk(partial(paging, 2), server)
    assert items == SIX
    assert result.incomplete


@pytest.mark.parametrize("total", [servers.honest, servers.missing, servers.off_by(2)])
def test_a_server_that_ignores_the_page_proves_nothing(total: servers.TotalRule) -> None:
    server = NumberedSimulator([row(n) for n in range(12)], heeds_page=False, total=total)
    items, result = walk(partial(paging, 4), server)
    assert len(items) < 12
    assert result.incomplete
    assert server.served <= 6 * 4


def test_empty_pages_in_the_middle_are_read_past() -> None:
    server = NumberedSimulator(SIX, blank=frozenset({2, 3}))
    items, result = walk(partial(paging, 1), server)
    # Each blank page hides a row; with pages of another size, other rows.
    assert server.lasting <= set(ids(items)) or result.incomplete


@pytest.mark.parametrize("cuts", [False, True])
@pytest.mark.parametrize("window", [1, 8])
def test_a_smaller_page_than_asked_for_sets_the_size(cuts: bool, window: int) -> None:
    server = NumberedSimulator(SIX, cap=2, cuts=cuts)
    assert walk(partial(paging, 5, window), server) == (SIX, ListingResult(total=6))
    assert server.asked == [(1, 5), (2, 2), (3, 2), (1, 2), (2, 2), (3, 2)]


def test_rows_between_cut_pages_are_lost_silently_where_there_is_no_total() -> None:
    """A limit: nothing tells that a page was laid out for more rows than it holds."""
    server = NumberedSimulator(SIX, cap=1, cuts=True, total=servers.missing)
    assert silent_loss(partial(paging, 2), server)


# Rows that cannot be told apart


@pytest.mark.parametrize(
    ("odd", "flaw"),
    [
        ({"userName": "no id"}, "1 rows have no id"),
        ({"id": None}, "1 rows have no id"),
        ({"id": "003", "userName": "another"}, "1 keys belong to two different rows"),
    ],
)
@pytest.mark.parametrize("place", [0, 2, 6])
@pytest.mark.parametrize("total", [servers.honest, servers.missing, servers.off_by(1)])
def test_rows_that_cannot_be_told_apart_are_named(
    odd: Item, flaw: str, place: int, total: servers.TotalRule
) -> None:
    rows = [*SIX[:place], odd, *SIX[place:]]
    items, result = walk(partial(paging, 4), NumberedSimulator(rows, total=total))
    assert len(items) == 6
    assert result.incomplete == flaw


@pytest.mark.parametrize("odd", [{"userName": "no id"}, {"id": "003", "userName": "another"}])
def test_rows_that_cannot_be_told_apart_are_not_forgotten_in_a_later_round(odd: Item) -> None:
    """Pages of four reach the seventh row although the total is six; pages of three do not."""
    server = NumberedSimulator([*SIX, odd], total=servers.off_by(-1))
    _, result = walk(partial(paging, 4), server)
    assert result.incomplete


def test_a_total_that_was_refuted_proves_nothing_in_a_later_round() -> None:
    """Eight rows, of which two move, under a total of six. Pages of four show seven rows, one
    twice, and not 4. Pages of three show six, and not 4: as many as there are said to be."""
    script: dict[int, list[Change]] = {1: [Touch("000")], 3: [Touch("004")]}
    server = NumberedSimulator([row(n) for n in range(8)], total=servers.capped(6), script=script)
    assert not silent_loss(partial(paging, 4), server)


def test_a_row_that_comes_twice_everywhere_is_counted_once_and_proves_nothing() -> None:
    """The total counts it twice; so the listing cannot be told from one with a gap."""
    server = NumberedSimulator([*SIX, SIX[2]])
    items, result = walk(partial(paging, 2), server)
    assert items == SIX
    assert result.incomplete == "6 of 7 rows were found"


# Pages that are too large


@pytest.mark.parametrize("size", [1, 7, 100, 250])
@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.parametrize("window", [1, 8])
def test_a_page_that_is_too_large_is_asked_for_in_halves(size: int, most: int, window: int) -> None:
    server = NumberedSimulator(SIX, too_large=most)
    items, result = walk(partial(paging, size, window), server)
    assert (items, result) == (SIX, ListingResult(total=6))
    assert server.served <= 2 * 6 + size.bit_length()


def test_one_row_that_is_too_large_is_an_error() -> None:
    with pytest.raises(TooLarge):
        walk(partial(paging, 8), NumberedSimulator(SIX, too_large=0))


@pytest.mark.parametrize("size", [1000, 5000])
def test_halving_a_large_page_leaves_enough_rounds(size: int) -> None:
    server = NumberedSimulator(SIX, total=servers.off_by(1), too_large=1)
    items, result = walk(partial(paging, size), server)
    assert items == SIX
    assert result.incomplete


def test_rows_of_a_round_that_was_broken_off_are_not_counted_under_a_later_total() -> None:
    """0 to 3 of six come, 0 is deleted, and the next page is too large. In pages of two,
    1 2 and 3 4 come, and 1 once more, as it moved. So five rows were seen, as many as there
    are; but one of them is gone, and 5 was never seen."""
    script: dict[int, list[Change]] = {1: [Delete("000")], 4: [Touch("001")]}
    server = NumberedSimulator(SIX, heavy=frozenset({"005"}), script=script)
    assert not silent_loss(partial(paging, 4), server)


def test_rows_of_an_earlier_walk_are_not_counted_under_a_later_total() -> None:
    """9 0 1 come in one walk, 0 1 3 in another: four rows were seen, and four are there by
    then, but 9 is gone and 2 was never seen."""
    seen = SeenKeys()

    def of(walks: int = 1) -> OffsetPaging:
        return OffsetPaging(ask, read, identity, 2, walks=walks, seen=seen)

    first = NumberedSimulator([row(9), *FOUR[:2]])
    _, result = drain(PagerDriver(of(2).pager(), first.send))
    assert result == ListingResult(total=3)
    # 9 is gone, 2 and 3 have come, and 0 moves to the end after the first page.
    later = NumberedSimulator(FOUR, script={1: [Touch("000")]})
    items, result = drain(PagerDriver(of().pager(), later.send))
    assert result.incomplete or "002" in ids(items)


class Scripted(NumberedSimulator):
    """Answers with these pages, one after the other, under a total of three."""

    def __init__(self, *pages: list[Item]) -> None:
        super().__init__([])
        self.pages = iter(pages)

    @override
    def serve(self, request: Request) -> Response:
        return Response(200, {"rows": next(self.pages, []), "n": 3})


def test_two_rows_with_one_key_are_not_complete_because_the_numbers_add_up() -> None:
    """Where the order has ties, a later walk may not show one of them; and where the total counts
    keys, both walks together have as many."""
    one, other = {"id": "b", "v": 1}, {"id": "b", "v": 2}
    server = Scripted([row(1), one], [one, other], [row(1), row(3)])
    pager = OffsetPaging(skip, read, identity, 2, any_offset=True).pager()
    _, result = drain(PagerDriver(pager, server.send))
    assert result.incomplete


@pytest.mark.parametrize("readings", [2, 6])
def test_a_listing_that_is_read_in_several_ways_is_emitted_once(readings: int) -> None:
    seen = SeenKeys()
    emitted: list[Item] = []
    for _ in range(readings):
        pager = OffsetPaging(ask, read, identity, 2, seen=seen).pager()
        items, result = drain(PagerDriver(pager, NumberedSimulator(SIX).send))
        emitted += items
        assert result == ListingResult(total=6)
    assert emitted == SIX


# Listings without an end


def test_a_listing_that_grows_as_fast_as_it_is_read_ends() -> None:
    script = {n: [Insert(row(9 + n))] for n in range(3000)}
    server = NumberedSimulator([row(n) for n in range(9)], script=script)
    walk(partial(paging, 1), server)
    assert server.served < 3000


def test_a_listing_without_a_total_that_grows_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offset_walk, "_MOST_PAGES", 500)
    server = NumberedSimulator([])
    forever = OffsetPaging(ask, lambda _: Page([row(server.served)]), identity, 1, walks=1, slack=0)
    items, result = drain(PagerDriver(forever.pager(), server.send))
    assert len(items) == server.served == 500
    assert "does not end" in (result.incomplete or "")
