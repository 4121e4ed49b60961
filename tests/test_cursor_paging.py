"""Cursor paging, against servers that repeat, go round in circles, or have pages with nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from identity_sdk.exchange import Item, Request, Response
from identity_sdk.paging import CursorPaging, Page, Proof
from identity_sdk.walk import read_one

if TYPE_CHECKING:
    from collections.abc import Sequence

thorough = settings(max_examples=500, deadline=None)


@dataclass
class Said:
    """One page as a server gives it: its rows, and which page it names as the next."""

    rows: Sequence[int | None]
    next: int | None


@dataclass
class CursorServer:
    """Pages by number; a cursor is the number of a page.

    Attributes:
        served: How many pages were asked for.
        shown: The ids that were in pages that were asked for.
    """

    pages: Sequence[Said]
    contents: dict[int, str] = field(default_factory=dict)
    served: int = 0
    shown: set[int] = field(default_factory=set)

    def send(self, request: Request) -> CursorServer:
        self._asked = int(request.params.get("cursor") or 0)
        return self

    def cancel(self) -> bool:
        return True

    def result(self) -> Response:
        self.served += 1
        said = self.pages[self._asked]
        self.shown |= {row for row in said.rows if row is not None}
        rows: list[Item] = [
            {} if row is None else {"id": row, "v": self.contents.get(self.served, "")}
            for row in said.rows
        ]
        return Response(200, {"rows": rows, "next": said.next})


def paging() -> CursorPaging:
    return CursorPaging(
        request=lambda cursor: Request("/logs", {"cursor": cursor}),
        read=lambda response: (
            Page(response.body["rows"]),
            None if response.body["next"] is None else str(response.body["next"]),
        ),
        key=lambda item: item.get("id"),
    )


def walk(server: CursorServer) -> tuple[list[int], Proof]:
    ids: list[int] = []
    reading = read_one(paging().walk(), server.send)
    while True:
        try:
            ids += [item["id"] for item in next(reading)]
        except StopIteration as stop:
            return ids, stop.value


ROWS = st.lists(st.integers(0, 30), max_size=5)


@st.composite
def any_server(draw: st.DrawFn) -> CursorServer:
    """Pages that may name any page as the next, themselves included, or none."""
    count = draw(st.integers(1, 8))
    rows = st.lists(st.integers(0, 30) | st.none(), max_size=4)
    named = st.none() | st.integers(0, count - 1)
    pages = [Said(draw(rows), draw(named)) for _ in range(count)]
    return CursorServer(pages, draw(st.dictionaries(st.integers(1, 20), st.just("other"))))


@st.composite
def straight_server(draw: st.DrawFn) -> CursorServer:
    """Each page names the one after it, and no more than three in a row are empty or old."""
    pages: list[Sequence[int]] = []
    for start in range(0, draw(st.integers(0, 8)) * 3, 3):
        pages += [[start, start + 1, start + 2]]
        pages += draw(st.lists(st.sampled_from([[], [start]]), max_size=3))
    pages = pages or [[]]
    said = [Said(rows, number + 1) for number, rows in enumerate(pages)]
    said[-1].next = None
    return CursorServer(said)


@thorough
@given(any_server())
def test_every_walk_ends_and_loses_nothing_of_what_it_was_shown(server: CursorServer) -> None:
    ids, proof = walk(server)
    assert server.served <= len(server.pages) + 1
    assert len(ids) == len(set(ids))
    assert set(ids) == server.shown
    unkeyed = any(None in said.rows for said in server.pages[:1])
    assert proof.incomplete or not unkeyed


@thorough
@given(straight_server())
def test_an_honest_server_is_read_whole(server: CursorServer) -> None:
    ids, proof = walk(server)
    assert server.served == len(server.pages)
    assert ids == sorted(server.shown)
    assert proof.incomplete is None
    repeated = sum(len(said.rows) for said in server.pages) - len(ids)
    assert proof.repeats == repeated


@thorough
@given(st.integers(0, 8), st.integers(0, 8))
def test_a_circle_is_no_end(before: int, back: int) -> None:
    """A cursor that came before ends the walk, without proof."""
    pages = [Said([number], number + 1) for number in range(before + 1)]
    pages[-1].next = min(back, before)
    ids, proof = walk(CursorServer(pages))
    assert ids == list(range(before + 1))
    assert "came before" in (proof.incomplete or "") or "nothing new" in (proof.incomplete or "")


@thorough
@given(st.integers(4, 30), ROWS)
def test_pages_with_nothing_new_are_followed_three_times(empty: int, rows: list[int]) -> None:
    pages = [Said(rows, 1), *(Said(rows, number + 2) for number in range(empty)), Said([99], None)]
    ids, proof = walk(CursorServer(pages))
    assert ids == list(dict.fromkeys(rows))
    assert "brought nothing new" in (proof.incomplete or "")


def test_one_key_with_two_contents_is_told() -> None:
    pages = [Said([1], 1), Said([1], None)]
    _, proof = walk(CursorServer(pages, {2: "other"}))
    assert proof.incomplete == "1 keys came with two different rows"
