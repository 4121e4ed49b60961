"""Cursors that count rows, while rows come and go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_sdk.listing.pager import ListingResult, Page
from identity_sdk.listing.reading import PagerDriver
from tests.sdk.cursor_servers import (
    GO,
    Change,
    CountedServer,
    CursorServer,
    Said,
    any_server,
    confirmed,
    counted_server,
    paging,
    thorough,
    walk,
)
from tests.sdk.readings import drain

if TYPE_CHECKING:
    from identity_sdk.exchange import Response


@thorough
@given(counted_server())
def test_a_row_is_lost_silently_only_if_others_go_during_each_walk(server: CountedServer) -> None:
    ids, result = walk(server, counts_rows=confirmed)
    assert len(ids) == len(set(ids))
    walks = len(server.losses)
    given_up = "pages in a row had no new rows" in str(result.incomplete)
    assert walks > 1 or server.served == 1 or given_up
    assert walks == 6 or (walks < 6 and (given_up or result.incomplete is None))
    in_each = walks > 1 and all(server.losses)
    assert server.lasting <= set(ids) or result.incomplete or in_each


@settings(thorough, max_examples=200)
@given(counted_server())
def test_what_comes_alone_hides_nothing(server: CountedServer) -> None:
    server.script = {
        when: [each for each in changes if each[0] == "come"]
        for when, changes in server.script.items()
    }
    ids, result = walk(server, counts_rows=confirmed)
    assert server.lasting <= set(ids) or result.incomplete


@settings(thorough, max_examples=100)
@given(st.integers(0, 40), st.integers(1, 10))
def test_a_listing_that_rests_is_walked_twice_if_it_has_several_pages(rows: int, size: int) -> None:
    """The budget: 2 * ceil(n/p) requests for n > p rows, or else one."""
    server = CountedServer(list(range(rows)), size)
    assert walk(server, counts_rows=confirmed) == (list(range(rows)), ListingResult())
    assert server.served == (2 * -(-rows // size) if rows > size else 1)
    once = CountedServer(list(range(rows)), size)
    assert walk(once) == (list(range(rows)), ListingResult())
    assert once.served == max(1, -(-rows // size))


@settings(thorough, max_examples=200)
@given(any_server())
def test_every_confirmed_walk_ends_and_loses_nothing_of_what_it_was_shown(
    server: CursorServer,
) -> None:
    ids, _ = walk(server, counts_rows=confirmed)
    assert server.served <= 2 * (len(server.pages) + 1)
    assert len(ids) == len(set(ids))
    assert set(ids) == server.shown


def test_a_row_that_slips_past_is_found_by_another_walk() -> None:
    """0 1 come, 0 goes; then 3 4 and 5. The second walk finds 2, the third nothing."""
    slipping: dict[int, list[Change]] = {1: [GO]}
    assert walk(CountedServer([0, 1, 2, 3, 4, 5], 2, slipping)) == (
        [0, 1, 3, 4, 5],
        ListingResult(),
    )
    server = CountedServer([0, 1, 2, 3, 4, 5], 2, slipping)
    assert walk(server, counts_rows=confirmed) == ([0, 1, 3, 4, 5, 2], ListingResult())
    assert (server.served, server.losses) == (9, [1, 0, 0])


def test_each_walk_looks_at_its_own_cursors() -> None:
    server, asked = CountedServer([0, 1, 2, 3], 2), list[str]()

    def counts(cursor: str) -> bool:
        asked.append(cursor)
        return True

    walk(server, counts_rows=counts)
    assert asked == ["1", "1"]


def test_a_listing_that_shrinks_to_one_page_is_whole_by_that() -> None:
    """One answer cannot be moved within."""
    server = CountedServer([0, 1, 2, 3], 2, {1: [GO, GO]})
    assert walk(server, counts_rows=confirmed) == ([0, 1, 2, 3], ListingResult())
    assert server.served == 1 + 1 + 1


def test_repeats_are_counted_in_each_walk_and_not_between_them() -> None:
    pages = [Said([1, 2], 1), Said([2, 3], None)]
    assert walk(CursorServer(pages), counts_rows=confirmed) == ([1, 2, 3], ListingResult(repeats=2))


def test_pages_that_come_as_they_were_are_not_looked_into() -> None:
    """Six pages are walked twice; meanwhile a row of the second has changed."""
    pages = [Said([number], number + 1) for number in range(5)]
    server, read = CursorServer([*pages, Said([5], None)], {8: "other"}), 0

    def counted(response: Response) -> tuple[Page, str | None]:
        nonlocal read
        read += 1
        return paging().read(response)

    pager = replace(paging(counts_rows=confirmed), read=counted).pager()
    items, _ = drain(PagerDriver(pager, server.send))
    assert [each["id"] for each in items] == [0, 1, 2, 3, 4, 5]
    assert (server.served, read) == (12, 7)


def test_a_row_that_comes_twice_does_not_stand_for_one_that_is_missing() -> None:
    """The second walk brings as many rows and none that is new: 1 with a page that came as it
    was, and once more in the place of 3."""

    @dataclass
    class Doubling(CountedServer):
        def result(self) -> Response:
            self.rows = [0, 1, 1, 2, 4, 5] if 3 <= self.served < 6 else [0, 1, 2, 3, 4, 5]
            return super().result()

    server = Doubling([0, 1, 2, 3, 4, 5], 2)
    assert walk(server, counts_rows=confirmed) == ([0, 1, 2, 3, 4, 5], ListingResult())
    assert server.served == 9  # The third finds what the first did.


def test_a_row_that_changes_between_two_walks_is_no_conflict() -> None:
    pages = [Said([1], 1), Said([2], None)]
    assert walk(CursorServer(pages, {3: "other"}), counts_rows=confirmed) == (
        [1, 2],
        ListingResult(),
    )


def test_a_flaw_ends_the_walks() -> None:
    server = CursorServer([Said([1], 1), Said([None], None)])
    _, result = walk(server, counts_rows=confirmed)
    assert result.incomplete == "1 rows have no id"
    assert server.served == 2


@pytest.mark.parametrize("rounds", [2, 6])
def test_a_listing_in_which_each_walk_finds_another_is_incomplete(rounds: int) -> None:
    growing: dict[int, list[Change]] = {number: [("come", 9999)] for number in range(999)}
    server = CountedServer([0, 1, 2, 3], 2, growing)
    ids, result = walk(server, counts_rows=confirmed, walks=rounds)
    assert len(server.losses) == rounds
    assert server.lasting < set(ids)
    problem = f"each of {rounds} walks found rows that the others had not"
    assert result == ListingResult(incomplete=problem)


def test_a_row_that_goes_in_each_walk_and_comes_back_hides_another() -> None:
    """A limit: the changes cancel out in each walk, and 2 is always where nobody looks."""

    @dataclass
    class Flickering(CountedServer):
        def result(self) -> Response:
            self.rows = [0, 1, 2, 3, 4, 5] if self._cursor is None else [1, 2, 3, 4, 5]
            return super().result()

    server = Flickering([0, 1, 2, 3, 4, 5], 2)
    assert walk(server, counts_rows=confirmed) == ([0, 1, 3, 4, 5], ListingResult())
    assert server.served == 6


def test_rows_that_only_ever_go_hide_no_other() -> None:
    """First 0 goes, and 4 slips from the third page to the second. Then 1 and 2 go, and 3 and 4
    slip to the first. So the walks bring 0 1 2 3 5 6 7 and 1 2 5 6 7."""
    server = CountedServer(list(range(8)), 2, {2: [GO], 5: [GO, GO]})
    ids, result = walk(server, counts_rows=confirmed)
    assert server.lasting <= set(ids) or result.incomplete
