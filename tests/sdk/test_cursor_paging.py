"""Cursor paging, against servers that repeat, go round in circles, or have pages with nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_sdk.errors import ApiError, TooLarge
from tests.sdk.cursor_servers import (
    ROWS,
    CountedServer,
    CursorServer,
    Said,
    any_server,
    confirmed,
    straight_server,
    thorough,
    walk,
)

if TYPE_CHECKING:
    from identity_sdk.exchange import Response


@thorough
@given(any_server())
def test_every_walk_ends_and_loses_nothing_of_what_it_was_shown(server: CursorServer) -> None:
    ids, result = walk(server)
    assert server.served <= 6 * (len(server.pages) + 1)
    assert len(ids) == len(set(ids))
    assert set(ids) == server.shown
    unkeyed = any(None in said.rows for said in server.pages[:1])
    assert result.incomplete or not unkeyed


@thorough
@given(straight_server())
def test_an_honest_server_is_read_whole(server: CursorServer) -> None:
    ids, result = walk(server)
    repeated = sum(len(said.rows) for said in server.pages) - len(server.shown)
    walks = 2 if repeated else 1  # Whether a repeat is another row shows a walk with marks.
    assert server.served == walks * len(server.pages)
    assert ids == sorted(server.shown)
    assert result.incomplete is None
    assert result.repeats == walks * repeated


@thorough
@given(st.integers(0, 8), st.integers(0, 8))
def test_a_circle_is_no_end(before: int, back: int) -> None:
    """A cursor that came before ends the walk, without proof."""
    pages = [Said([number], number + 1) for number in range(before + 1)]
    pages[-1].next = min(back, before)
    ids, result = walk(CursorServer(pages))
    assert ids == list(range(before + 1))
    reason = result.incomplete or ""
    assert "returned before" in reason or "no new rows" in reason


@thorough
@given(st.integers(4, 30), ROWS)
def test_pages_with_nothing_new_are_followed_three_times(empty: int, rows: list[int]) -> None:
    pages = [Said(rows, 1), *(Said(rows, number + 2) for number in range(empty)), Said([99], None)]
    ids, result = walk(CursorServer(pages))
    assert ids == list(dict.fromkeys(rows))
    assert "had no new rows" in (result.incomplete or "")


def test_a_row_that_changes_between_two_sights_is_no_conflict() -> None:
    """Another walk finds it once more, and unchanged."""
    pages = [Said([1], 1), Said([1], None)]
    assert walk(CursorServer(pages, {2: "other"}))[1].incomplete is None


def test_one_key_with_two_contents_is_told() -> None:
    pages = [Said([1], 1), Said([1], None)]
    _, result = walk(CursorServer(pages, dict.fromkeys(range(2, 99, 2), "other")))
    assert result.incomplete == "1 keys belong to two different rows"


# Pages that are too large


@dataclass
class Halving:
    """Asks for smaller pages after each refusal."""

    server: CountedServer

    def adjust_request(self, error: ApiError) -> bool:
        self.server.size //= 2
        return self.server.size > 0


def test_a_page_of_the_walk_before_a_refusal_is_looked_into_again() -> None:
    """Else the row that comes once more with other content would be taken for known."""

    @dataclass
    class Capping(CursorServer):
        def result(self) -> Response:
            if self.served == 1:
                self.served += 1
                raise TooLarge("too large", 413)
            return super().result()

    contents = dict.fromkeys(range(4, 99, 2), "other")
    server = Capping([Said([1, 2], 1), Said([1, 3], None)], contents)
    _, result = walk(server, adjust=lambda error: True)
    assert result.incomplete == "1 keys belong to two different rows"


@pytest.mark.parametrize("heavy", [1, 2, 5])
def test_a_refusal_starts_the_walk_over(heavy: int) -> None:
    server = CountedServer(list(range(12)), 4, heavy=frozenset({heavy}))
    ids, result = walk(server, counts_rows=confirmed, adjust=Halving(server).adjust_request)
    assert (ids, result.incomplete) == (list(range(12)), None)
    assert server.size == 2


def test_a_refusal_that_nothing_helps_is_an_error() -> None:
    server = CountedServer(list(range(4)), 1, heavy=frozenset({2}))
    with pytest.raises(TooLarge):
        walk(server, adjust=Halving(server).adjust_request)


@pytest.mark.parametrize("confirm", [lambda cursor: False, confirmed])
def test_a_walk_that_starts_over_passes_again_what_it_has_seen(confirm: Any) -> None:
    """Two pages of four are read, and passed again as four of two."""
    server = CountedServer(list(range(12)), 4, heavy=frozenset({3}))
    ids, result = walk(server, counts_rows=confirm, adjust=Halving(server).adjust_request)
    assert (ids, result.incomplete) == (list(range(12)), None)
