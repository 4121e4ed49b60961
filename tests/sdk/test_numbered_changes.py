"""Rows that come, go and move while a listing of numbered pages is read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import given, settings
from typing_extensions import override

from identity_sdk.exchange import Response
from identity_sdk.listing import evidence
from identity_sdk.listing.pager import ListingResult
from tests.sdk import numbered_cases as cases
from tests.sdk import numbered_simulator as servers
from tests.sdk.numbered_cases import BOTH, IN, OUT
from tests.sdk.numbered_simulator import (
    FOUR,
    SIX,
    Case,
    Change,
    NumberedSimulator,
    Order,
    Touch,
    paging,
    silent_loss,
    walk,
)
from tests.sdk.scim_simulator import Delete, Insert, ids, row

if TYPE_CHECKING:
    from identity_sdk.exchange import Request

thorough = settings(max_examples=300, deadline=None)


BETWEEN = [
    pytest.param({1: BOTH}, id="both between two pages"),
    pytest.param({1: [*IN, *OUT]}, id="both between two pages, the other way round"),
    pytest.param({2: BOTH}, id="both between the next two pages"),
]
"""Scripts by which a row slips over the edge of a page although the total stays."""

HARMLESS = [
    pytest.param({0: BOTH}, id="both before the first page"),
    pytest.param({3: BOTH}, id="both after the last page"),
    pytest.param({1: OUT, 2: IN}, id="one after the other, a page between them"),
    pytest.param({1: IN, 2: OUT}, id="the other after the one, a page between them"),
    pytest.param({1: OUT}, id="a deletion alone"),
    pytest.param({1: [*OUT, Delete("001"), *IN]}, id="more deletions than insertions"),
    pytest.param({1: [Delete("005"), *IN]}, id="a deletion behind the edge"),
]


# Numbered pages without an order: a second walk has to bring nothing new


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_total_that_is_too_low_by_whole_pages_is_believed(size: int) -> None:
    """Nothing is asked for past the last page that the total accounts for."""
    server = NumberedSimulator(SIX, total=servers.capped(4))
    assert silent_loss(partial(paging, size), server)


def test_a_total_on_the_first_page_only_hides_no_changes() -> None:
    """What is not said again cannot be seen to change, but a second walk finds it."""
    server = NumberedSimulator(SIX, total=servers.on_first_page, script={1: OUT, 2: IN})
    assert not silent_loss(partial(paging, 2), server)


def test_a_row_replaced_between_two_rounds_hides_one_that_neither_found() -> None:
    """What several walks found is not added up, for other rows may make it up."""
    script: dict[int, list[Change]] = {
        1: [Touch("000")],  # 0 1, then 3 0: four in all, and 2 was not seen.
        2: [Delete("001"), Insert(row(8)), Touch("002")],  # 3 0 8 in pages of three
        3: [Touch("003")],  # then 3 again; 2 moved before it.
    }
    server = NumberedSimulator(FOUR, script=script)
    assert not silent_loss(partial(paging, 2), server)


def test_a_touched_row_moves_another_out_of_sight_and_another_round_finds_it() -> None:
    server = NumberedSimulator(FOUR, script={1: [Touch("000")]})
    items, result = walk(partial(paging, 2), server)
    assert sorted(ids(items)) == ids(FOUR)
    assert result == ListingResult(total=4, repeats=1)
    assert server.served > 2


@pytest.mark.parametrize("deleted", ["000", "001"])
def test_a_deletion_is_noticed_also_where_there_is_no_total(deleted: str) -> None:
    server = NumberedSimulator(FOUR, total=servers.missing, script={1: [Delete(deleted)]})
    assert not silent_loss(partial(paging, 2), server)


# Pages that overlap


@pytest.mark.parametrize("script", BETWEEN)
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("window", [1, 4])
def test_where_pages_overlap_a_row_that_slips_is_noticed_and_found(
    script: dict[int, list[Change]], size: int, window: int
) -> None:
    server = NumberedSimulator(SIX, script=script)
    items, result = walk(partial(paging, size, window, any_offset=True), server)
    assert server.lasting <= set(ids(items))
    assert result.incomplete is None


@pytest.mark.parametrize("deleted", ["000", "001", "002"])
def test_a_page_that_does_not_begin_with_the_last_row_of_the_one_before_proves_nothing(
    deleted: str,
) -> None:
    server = NumberedSimulator(SIX, script={1: [Delete(deleted), *IN]})
    _, result = walk(partial(paging, 3, walks=1, any_offset=True), server)
    assert result.incomplete == "rows moved between pages"


@pytest.mark.parametrize("script", HARMLESS)
@pytest.mark.parametrize("size", [3, 4])
def test_where_pages_overlap_nothing_is_lost_for_it(
    script: dict[int, list[Change]], size: int
) -> None:
    assert not silent_loss(
        partial(paging, size, any_offset=True), NumberedSimulator(SIX, script=script)
    )


@thorough
@given(cases.replacing(any_offset=True))
def test_where_pages_overlap_a_row_replaced_hides_none(case: Case) -> None:
    assert not silent_loss(*case)


@thorough
@given(cases.moving(any_offset=True))
def test_where_pages_overlap_rows_may_come_and_go_at_will(case: Case) -> None:
    """Also many at once, and in each round."""
    assert not silent_loss(*case)


@pytest.mark.parametrize(("size", "too_large"), [(1, None), (4, 1)])
def test_pages_of_one_row_hide_none_that_slips(size: int, too_large: int | None) -> None:
    script = {1 if too_large is None else 4: BOTH}
    server = NumberedSimulator(SIX, script=script, too_large=too_large)
    assert not silent_loss(partial(paging, size, any_offset=True), server)


def test_pages_that_do_not_join_prove_nothing_without_a_total_either() -> None:
    """The server gives two rows at a time, and the next are asked for far behind them."""
    server = NumberedSimulator(SIX, cap=2, total=servers.missing)
    assert not silent_loss(partial(paging, 20, any_offset=True), server)


@pytest.mark.parametrize("size", [2, 3, 7, 100])
@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 6, 7, 8, 13, 14, 99, 100, 101, 199, 200, 250])
@pytest.mark.parametrize("window", [1, 8])
def test_pages_that_overlap_cost_one_row_each(size: int, rows: int, window: int) -> None:
    server = NumberedSimulator([row(n) for n in range(rows)])
    assert walk(partial(paging, size, window, any_offset=True), server) == (
        server.rows,
        ListingResult(total=rows),
    )
    more = -(-max(0, rows - size) // (size - 1))
    assert server.asked == [(number * (size - 1), size) for number in range(1 + more)]


def test_a_smaller_page_than_asked_for_sets_by_how_much_pages_overlap() -> None:
    server = NumberedSimulator(SIX, cap=3)
    assert walk(partial(paging, 5, any_offset=True), server) == (SIX, ListingResult(total=6))
    assert server.asked == [(0, 5), (2, 3), (4, 3)]


# What a second walk finds


@pytest.mark.parametrize("script", [*BETWEEN, *HARMLESS])
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("window", [1, 4])
def test_another_round_finds_a_row_that_slipped(
    script: dict[int, list[Change]], size: int, window: int
) -> None:
    server = NumberedSimulator(SIX, script=script)
    items, result = walk(partial(paging, size, window), server)
    assert server.lasting <= set(ids(items))
    assert result.incomplete is None


@thorough
@given(cases.replacing())
def test_a_row_replaced_hides_none(case: Case) -> None:
    assert not silent_loss(*case)


def test_a_row_replaced_hides_none_where_ties_fall_alike_in_each_round() -> None:
    rows = [row(0), row(1), row(3)]
    server = NumberedSimulator(rows, Order.TIES, ties=2, script={1: [*OUT, Insert(row(30))]})
    assert not silent_loss(partial(paging, 2), server)


@pytest.mark.parametrize("size", [1, 2, 3, 6, 100])
@pytest.mark.parametrize("rows", [0, 1, 2, 3, 6, 7, 100, 101, 250])
@pytest.mark.parametrize("window", [1, 8])
def test_a_listing_of_several_pages_is_read_twice(size: int, rows: int, window: int) -> None:
    server = NumberedSimulator([row(n) for n in range(rows)])
    items, result = walk(partial(paging, size, window), server)
    assert (items, result) == (server.rows, ListingResult(total=rows))
    once = [(number + 1, size) for number in range(max(1, -(-rows // size)))]
    assert server.asked == once * (1 if rows < size else 2)


@pytest.mark.parametrize("rounds", [2, 4])
def test_a_listing_that_brings_more_in_each_round_is_not_confirmed(rounds: int) -> None:
    """Three rows come before each request for a first page, and as many go."""
    script: dict[int, list[Change]] = {}
    for turn in range(1, rounds):
        new = range(3 + 3 * turn, 6 + 3 * turn)
        script[3 * turn] = [Delete(f"{n - 6:03}") for n in new]
        script[3 * turn] += [Insert(row(n)) for n in new]
    server = NumberedSimulator(SIX, script=script)
    items, result = walk(partial(paging, 2, walks=rounds), server)
    assert len(items) == 6 + 3 * (rounds - 1)
    told = {
        2: "each of 2 walks found rows that the others had not",
        4: "15 rows were found, but the last walk found 6 only",
    }
    assert result.incomplete == told[rounds]


@pytest.mark.parametrize(("gone", "whole"), [(5, True), (6, False), (29, False)])
def test_many_rows_that_go_while_pages_are_read_are_not_taken_for_removed(
    gone: int, whole: bool
) -> None:
    """A credential that lost a permission may be shown less, with a total to match."""
    lost: list[Change] = [Delete(f"{n:03}") for n in range(1, 1 + gone)]
    server = NumberedSimulator([row(n) for n in range(30)], script={3: lost})
    _, result = walk(partial(paging, 10, any_offset=True), server)
    assert result.total == 30 - gone
    assert (result.incomplete is None) is whole
    assert whole or f"but the last walk found {30 - gone} only" in str(result.incomplete)


class Tied(NumberedSimulator):
    """Five rows of one moment, of which numbered pages show the first four again and again.

    Attributes:
        again: What the first page shows when a second walk is at its end.
    """

    again: ClassVar[list[int]]

    @override
    def serve(self, request: Request) -> Response:
        number, size = int(request.params["page"] or 1), int(request.params["size"] or 0)
        shown = list(range(4))[(number - 1) * size : number * size]
        if (number, size) in self.asked:
            shown = [1, 0] if size == 2 else self.again
        self.asked.append((number, size))
        return Response(200, {"rows": [row(n) for n in shown], "n": None})


@pytest.mark.parametrize("again", [[1, 4, 0], [4, 1, 0], [3, 0, 1], [1, 0, 2]])
def test_a_tie_that_only_a_second_look_at_the_first_page_shows_is_no_newcomer(
    again: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be one of many that no page showed."""
    monkeypatch.setattr(Tied, "again", again, raising=False)
    newest_first = partial(paging, 2, walks=2, order=evidence.Order.NEWEST_FIRST)
    items, result = walk(newest_first, Tied([]))
    assert items == [row(n) for n in sorted({0, 1, 2, 3, *again})]
    known = set(again) <= {0, 1, 2, 3}
    assert (result.incomplete is None) is known
    assert known or "found rows that the others had not" in str(result.incomplete)


# A page more than the total accounts for


@thorough
@given(cases.too_low())
def test_a_page_more_tells_a_total_that_is_too_low(case: Case) -> None:
    assert not silent_loss(*case)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_total_that_is_too_low_by_whole_pages_is_noticed_by_one_page_more(size: int) -> None:
    server = NumberedSimulator(SIX, total=servers.capped(4))
    items, result = walk(partial(paging, size, past_total=True), server)
    assert items == SIX
    assert result.total is None


def zero_past_the_end(look: servers.TotalContext) -> int | None:
    return look.there if look.on_page else 0


def none_past_the_end(look: servers.TotalContext) -> int | None:
    return look.there if look.on_page else None


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 7])
@pytest.mark.parametrize("total", [servers.honest, zero_past_the_end, none_past_the_end])
@pytest.mark.parametrize("window", [1, 8])
def test_a_page_more_is_asked_for_only_after_a_full_one_and_its_total_is_ignored(
    size: int, total: servers.TotalRule, window: int
) -> None:
    server = NumberedSimulator(SIX, total=total)
    assert walk(partial(paging, size, window, past_total=True), server) == (
        SIX,
        ListingResult(total=6),
    )
    once = [(number + 1, size) for number in range(6 // size + 1)]
    assert server.asked == once * (1 if size > 6 else 2)
