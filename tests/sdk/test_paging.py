"""Index paging and walks, against every server known to do wrong, and some that are not."""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_sdk.errors import ApiError
from identity_sdk.exchange import Item, Request
from identity_sdk.listing import offset_paging as pagers
from identity_sdk.listing.offset_paging import OffsetPaging
from identity_sdk.listing.offset_walk import OffsetWalk
from identity_sdk.listing.pager import ListingResult, Page, Pager, in_memory, one_response
from identity_sdk.listing.reading import PagerDriver
from tests.sdk import scim_cases as cases
from tests.sdk import scim_simulator as servers
from tests.sdk.readings import drain
from tests.sdk.scim_simulator import (
    SIX,
    Case,
    Change,
    Delete,
    Insert,
    Order,
    Paging,
    ScimSimulator,
    ask,
    identity,
    ids,
    nothing,
    paging,
    row,
)

thorough = settings(max_examples=500, deadline=None)


def walk(of: Paging, server: ScimSimulator) -> tuple[list[Item], ListingResult]:
    return drain(PagerDriver(of().pager(), server.send))


def silent_loss(of: Paging, server: ScimSimulator) -> bool:
    """Whether a row that was there all the time is missing from a walk said to be whole."""
    try:
        items, result = walk(of, server)
    except ApiError:
        return False
    return result.incomplete is None and not server.lasting <= set(ids(items))


@thorough
@given(cases.anything())
def test_every_walk_ends(case: Case) -> None:
    of, server = case
    walk(of, server)
    rows = len(server.rows) + sum(map(len, server.script.values()))
    # A page brings a new row, or is one of a few: cut in half, unsorted, the last, past it.
    assert server.served <= (4 * (rows + 5) + 7) * of.keywords["window"]


@pytest.mark.parametrize("rows_before", [2, 9])
def test_a_listing_that_grows_as_fast_as_it_is_read_ends(rows_before: int) -> None:
    script = {n: [Insert(row(rows_before + n))] for n in range(5000)}
    server = ScimSimulator([row(n) for n in range(rows_before)], script=script)
    _, result = walk(partial(paging, page_size=2), server)
    assert "does not end" in (result.incomplete or "")
    assert server.served < 3000


def test_a_listing_that_grows_and_has_no_total_ends() -> None:
    server = ScimSimulator([])
    forever = OffsetPaging(
        ask, lambda _: Page([row(server.served)]), identity, 1,
        any_offset=True, honours_size=False, walks=1, slack=9,
    )  # fmt: skip
    items, result = drain(PagerDriver(forever.pager(), server.send))
    assert len(items) == server.served == 100_009
    assert "does not end" in (result.incomplete or "")


@settings(thorough, max_examples=2000)
@given(cases.drifting())
def test_nothing_is_lost_silently_while_rows_come_and_go(case: Case) -> None:
    assert not silent_loss(*case)


@thorough
@given(cases.unordered())
def test_nothing_is_lost_silently_without_an_order(case: Case) -> None:
    assert not silent_loss(*case)


@thorough
@given(cases.lying())
def test_nothing_is_lost_silently_on_a_server_that_lies(case: Case) -> None:
    assert not silent_loss(*case)


@thorough
@given(cases.hiding())
def test_nothing_is_lost_silently_behind_hidden_rows(case: Case) -> None:
    assert not silent_loss(*case)


BY_ID = partial(ScimSimulator, SIX, Order.BY_ID_IF_ASKED)
NO_TOTAL, LENGTH = servers.missing, servers.page_length
ONE: list[Change] = [Delete("010"), Insert(row(70))]
TWO: list[Change] = [*ONE, Delete("020"), Insert(row(80))]
BACK: list[Change] = [Delete("080"), Insert(row(5))]
MIDDLE: list[Change] = [Delete("010"), Insert(row(45))]
LATE: list[Change] = [Delete("040"), Delete("050")]
FEW: list[Change] = [Delete(each["id"]) for each in SIX[2:]]
FIRST: list[Change] = [Delete("010"), Insert(row(5))]
# What happens: rows to a page, and the server.
LOSSES = {
    "rows moved, and as many were found as there are": (2, BY_ID(script={1: TWO, 2: BACK})),
    "rows moved, and the last page is empty": (2, BY_ID(script={2: MIDDLE, 4: LATE})),
    "a later round finds less": (4, BY_ID(clamp=1, script={0: FEW, 1: FIRST, 3: [Delete("005")]})),
    "a row is deleted under pages of one row": (1, BY_ID(script={0: FEW, 1: [Delete("010")]})),
    "a row is replaced under pages of one row": (1, BY_ID(script={2: ONE})),
    "a row is replaced under pages cut to one row": (4, BY_ID(too_large=1, script={4: ONE})),
    "a page has one row, and no total": (9, BY_ID(clamp=1, total=NO_TOTAL)),
    "a page has one row, and this is the total": (9, BY_ID(clamp=1, total=LENGTH)),
    "every page is the first, and the total": (4, BY_ID(heeds_index=False, total=LENGTH)),
    "a page has one row more, hidden": (2, BY_ID(hidden=frozenset({"030"}), total=NO_TOTAL)),
}


@pytest.mark.parametrize("when", LOSSES)
def test_nothing_is_lost_silently_when(when: str) -> None:
    page_size, server = LOSSES[when]
    assert not silent_loss(partial(paging, page_size, ordered=True), server)


@thorough
@given(cases.undisturbed())
def test_an_honest_server_is_read_whole(case: Case) -> None:
    of, server = case
    items, result = walk(of, server)
    ordered: bool = of.keywords["ordered"] and not server.refuses_sort
    by_id = ordered and server.order is Order.BY_ID_IF_ASKED
    assert items == (sorted(server.rows, key=itemgetter("id")) if by_id else server.rows)
    assert result == ListingResult(total=len(server.rows))


@thorough
@given(cases.quirky())
def test_a_quirk_that_hides_nothing_is_put_up_with(case: Case) -> None:
    """But for a server that does not page, and answers just as many rows as are asked for."""
    of, server = case
    items, result = walk(of, server)
    capped = not server.heeds_index and len(server.rows) == of.keywords["page_size"] > 1
    assert items == server.rows
    assert (result.incomplete is None) is not capped


@thorough
@given(cases.anything())
def test_no_row_is_emitted_twice(case: Case) -> None:
    items, _ = walk(*case)
    assert len(ids(items)) == len(set(ids(items)))


@thorough
@given(cases.lying() | cases.hiding() | cases.undisturbed() | cases.quirky())
def test_the_window_changes_nothing(case: Case) -> None:
    of, server = case
    one, many = partial(of, window=1), partial(of, window=16)
    assert walk(one, server.anew()) == walk(many, server.anew())


def at_hand(rows: list[Item]) -> tuple[Pager, Pager]:
    """The pagers of listings that need no paging."""
    return in_memory(rows, identity), one_response(Request("/"), lambda _: rows, identity)


ODD: list[tuple[Item, str]] = [
    ({"userName": "no id"}, "rows have no id"),
    ({"id": None}, "rows have no id"),
    ({"id": "004", "userName": "another"}, "to two different rows"),
]


@thorough
@given(cases.undisturbed(), st.sampled_from(ODD), st.integers(0, 12))
def test_rows_that_cannot_be_told_apart_are_named(
    case: Case, odd: tuple[Item, str], place: int
) -> None:
    of, server = case
    rows = [row(4), *(each for each in server.rows if each["id"] != "004")]
    rows.insert(place, odd[0])
    server.rows = rows
    results = [drain(PagerDriver(pager, nothing))[1] for pager in at_hand(rows)]
    for result in (walk(of, server.anew())[1], *results):
        assert odd[1] in (result.incomplete or "")


@thorough
@given(cases.LISTINGS, st.integers(0, 9))
def test_a_listing_at_hand_is_read_whole(rows: list[Item], again: int) -> None:
    for pager in at_hand(rows + rows[:again]):
        assert drain(PagerDriver(pager, nothing)) == (
            rows,
            ListingResult(repeats=len(rows[:again])),
        )


class StopsAtShortPage(OffsetWalk):
    """Takes a page shorter than asked for as the last."""

    short = False

    def _count(self, page: Page) -> list[Item]:
        self.short = len(page.items) < self.size
        return super()._count(page)

    def _ended(self) -> bool:
        return self.short or super()._ended()


class TrustsTotal(OffsetWalk):
    """Stops as soon as it has passed as many rows as there are said to be."""

    def _ended(self) -> bool:
        return super()._ended() or 0 < (self.record.total or 0) <= self.passed


@pytest.mark.parametrize(
    ("name", "mutant", "server"),
    [
        ("problem", lambda *_, **__: None, BY_ID(script={1: [Delete("010"), Delete("020")]})),
        ("OffsetWalk", StopsAtShortPage, BY_ID(clamp=2, total=NO_TOTAL)),
        ("OffsetWalk", TrustsTotal, BY_ID(total=servers.capped(3))),
    ],
)
def test_the_check_catches(
    name: str, mutant: Any, server: ScimSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = partial(paging, ordered=True)
    assert not silent_loss(of, server.anew())
    monkeypatch.setattr(pagers, name, mutant)
    assert silent_loss(of, server.anew())
