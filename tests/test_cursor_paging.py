"""Cursor paging, against servers that repeat, go round in circles, have pages with nothing, or
count rows that come and go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_sdk.codec import encode
from identity_sdk.errors import ApiError, TooLarge
from identity_sdk.exchange import Item, Request, Response
from identity_sdk.paging import CursorPaging, Page, Proof
from identity_sdk.walk import read_one

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        return Response(200, raw=encode({"rows": rows, "next": said.next}))


class Server(Protocol):
    def send(self, request: Request) -> Any: ...


def paging(**how: Any) -> CursorPaging:
    return CursorPaging(
        request=lambda cursor: Request("/logs", {"cursor": cursor}),
        read=lambda response: (
            Page(response.body["rows"]),
            None if response.body["next"] is None else str(response.body["next"]),
        ),
        key=lambda item: item.get("id"),
        **how,
    )


def walk(server: Server, **how: Any) -> tuple[list[int], Proof]:
    ids: list[int] = []
    reading = read_one(paging(**how).walk(), server.send)
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


# Cursors that count rows

Change = tuple[Literal["go", "come"], int]
"""A row goes from a place, or comes to one."""

GO: Change = ("go", 0)


def confirmed() -> bool:
    return True


@dataclass
class CountedServer:
    """A listing whose cursor is the number of a page, so that what goes or comes moves the rest.

    Attributes:
        rows: The ids, in order.
        script: What happens after so many answers.
        lasting: The ids that were there all the time.
        losses: For each walk, how many rows went between two of its pages.
        heavy: Answers that are too large, by their number from 1.
    """

    rows: list[int]
    size: int
    script: Mapping[int, Sequence[Change]] = field(default_factory=dict)
    heavy: frozenset[int] = frozenset()
    served: int = 0
    losses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lasting = set(self.rows)
        self._next_id = max(self.rows, default=0) + 1

    def send(self, request: Request) -> CountedServer:
        self._cursor = request.params.get("cursor")
        return self

    def cancel(self) -> bool:
        return True

    def result(self) -> Response:
        self.served += 1
        if self.served in self.heavy:
            raise TooLarge("too large", 413)
        if self._cursor is None:
            self.losses.append(0)
        start = int(self._cursor or 0) * self.size
        page = self.rows[start : start + self.size]
        more = start + self.size < len(self.rows)
        for what, place in self.script.get(self.served, ()):
            if what == "come":
                self.rows.insert(place, self._next_id)  # beyond the end means at the end
                self._next_id += 1
            elif self.rows:
                self.lasting.discard(self.rows.pop(min(place, len(self.rows) - 1)))
                self.losses[-1] += more
        named = start // self.size + 1 if more else None
        return Response(200, raw=encode({"rows": [{"id": each} for each in page], "next": named}))


@st.composite
def counted_server(draw: st.DrawFn) -> CountedServer:
    what: st.SearchStrategy[Literal["go", "come"]] = st.sampled_from(["go", "come"])
    changes = st.lists(st.tuples(what, st.integers(0, 12)), min_size=1, max_size=3)
    script = draw(st.dictionaries(st.integers(1, 24), changes, max_size=12))
    return CountedServer(list(range(draw(st.integers(0, 12)))), draw(st.integers(1, 4)), script)


@thorough
@given(counted_server())
def test_a_row_is_lost_silently_only_if_others_go_during_each_walk(server: CountedServer) -> None:
    ids, proof = walk(server, confirm=confirmed)
    assert len(ids) == len(set(ids))
    assert 1 <= len(server.losses) <= 6
    in_each = len(server.losses) > 1 and all(server.losses)
    assert server.lasting <= set(ids) or proof.incomplete or in_each


@settings(thorough, max_examples=200)
@given(counted_server())
def test_what_comes_alone_hides_nothing(server: CountedServer) -> None:
    server.script = {
        when: [each for each in changes if each[0] == "come"]
        for when, changes in server.script.items()
    }
    ids, proof = walk(server, confirm=confirmed)
    assert server.lasting <= set(ids) or proof.incomplete


@settings(thorough, max_examples=100)
@given(st.integers(0, 40), st.integers(1, 10))
def test_a_listing_that_rests_is_walked_twice_if_it_has_several_pages(rows: int, size: int) -> None:
    """The budget: 2 * ceil(n/p) requests for n > p rows, or else one."""
    server = CountedServer(list(range(rows)), size)
    assert walk(server, confirm=confirmed) == (list(range(rows)), Proof())
    assert server.served == (2 * -(-rows // size) if rows > size else 1)
    once = CountedServer(list(range(rows)), size)
    assert walk(once) == (list(range(rows)), Proof())
    assert once.served == max(1, -(-rows // size))


@settings(thorough, max_examples=200)
@given(any_server())
def test_every_confirmed_walk_ends_and_loses_nothing_of_what_it_was_shown(
    server: CursorServer,
) -> None:
    ids, _ = walk(server, confirm=confirmed)
    assert server.served <= 2 * (len(server.pages) + 1)
    assert len(ids) == len(set(ids))
    assert set(ids) == server.shown


def test_a_row_that_slips_past_is_found_by_another_walk() -> None:
    """0 1 come, 0 goes; then 3 4 and 5. The second walk finds 2, the third nothing."""
    slipping: dict[int, list[Change]] = {1: [GO]}
    assert walk(CountedServer([0, 1, 2, 3, 4, 5], 2, slipping)) == ([0, 1, 3, 4, 5], Proof())
    server = CountedServer([0, 1, 2, 3, 4, 5], 2, slipping)
    assert walk(server, confirm=confirmed) == ([0, 1, 3, 4, 5, 2], Proof())
    assert (server.served, server.losses) == (9, [1, 0, 0])


def test_whether_to_confirm_is_asked_at_the_end_of_each_walk() -> None:
    """A pager may learn from its pages what their cursors are."""
    server, asked = CountedServer([0, 1, 2, 3], 2), []

    def confirm() -> bool:
        asked.append(server.served)
        return True

    walk(server, confirm=confirm)
    assert asked == [2, 4]


def test_a_listing_that_shrinks_to_one_page_is_whole_by_that() -> None:
    """One answer cannot be moved within."""
    server = CountedServer([0, 1, 2, 3], 2, {1: [GO, GO]})
    assert walk(server, confirm=confirmed) == ([0, 1, 2, 3], Proof())
    assert server.served == 1 + 1 + 1


def test_repeats_are_counted_in_each_walk_and_not_between_them() -> None:
    pages = [Said([1, 2], 1), Said([2, 3], None)]
    assert walk(CursorServer(pages), confirm=confirmed) == ([1, 2, 3], Proof(repeats=2))


def test_pages_that_come_as_they_were_are_not_looked_into() -> None:
    """Six pages are walked twice; meanwhile a row of the second has changed."""
    pages = [Said([number], number + 1) for number in range(5)]
    server, read = CursorServer([*pages, Said([5], None)], {8: "other"}), 0

    def counted(response: Response) -> tuple[Page, str | None]:
        nonlocal read
        read += 1
        return paging().read(response)

    ids: list[Item] = []
    reading = read_one(replace(paging(confirm=confirmed), read=counted).walk(), server.send)
    for page in reading:
        ids += page
    assert [each["id"] for each in ids] == [0, 1, 2, 3, 4, 5]
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
    assert walk(server, confirm=confirmed) == ([0, 1, 2, 3, 4, 5], Proof())
    assert server.served == 12


def test_a_row_that_changes_between_two_walks_is_no_conflict() -> None:
    pages = [Said([1], 1), Said([2], None)]
    assert walk(CursorServer(pages, {3: "other"}), confirm=confirmed) == ([1, 2], Proof())


def test_a_flaw_ends_the_walks() -> None:
    server = CursorServer([Said([1], 1), Said([None], None)])
    _, proof = walk(server, confirm=confirmed)
    assert proof.incomplete == "1 rows came without an id"
    assert server.served == 2


@pytest.mark.parametrize("rounds", [2, 6])
def test_a_listing_in_which_each_walk_finds_another_is_incomplete(rounds: int) -> None:
    growing: dict[int, list[Change]] = {number: [("come", 9999)] for number in range(999)}
    server = CountedServer([0, 1, 2, 3], 2, growing)
    ids, proof = walk(server, confirm=confirmed, rounds=rounds)
    assert len(server.losses) == rounds
    assert server.lasting < set(ids)
    flaw = f"no two of {rounds} walks found the same rows"
    assert proof == Proof(incomplete=flaw)


def test_a_row_that_goes_in_each_walk_and_comes_back_hides_another() -> None:
    """A limit: the changes cancel out in each walk, and 2 is always where nobody looks."""

    @dataclass
    class Flickering(CountedServer):
        def result(self) -> Response:
            self.rows = [0, 1, 2, 3, 4, 5] if self._cursor is None else [1, 2, 3, 4, 5]
            return super().result()

    server = Flickering([0, 1, 2, 3, 4, 5], 2)
    assert walk(server, confirm=confirmed) == ([0, 1, 3, 4, 5], Proof())
    assert server.served == 6


def test_rows_that_only_ever_go_hide_no_other() -> None:
    """First 0 goes, and 4 slips from the third page to the second. Then 1 and 2 go, and 3 and 4
    slip to the first. So the walks bring 0 1 2 3 5 6 7 and 1 2 5 6 7."""
    server = CountedServer(list(range(8)), 2, {2: [GO], 5: [GO, GO]})
    ids, proof = walk(server, confirm=confirmed)
    assert server.lasting <= set(ids) or proof.incomplete


# Pages that are too large


@dataclass
class Halving:
    """Asks for smaller pages after each refusal."""

    server: CountedServer

    def amend(self, error: ApiError) -> bool:
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

    server = Capping([Said([1, 2], 1), Said([1, 3], None)], {4: "other"})
    _, proof = walk(server, amend=lambda error: True)
    assert server.served == 4
    assert proof.incomplete == "1 keys came with two different rows"


@pytest.mark.parametrize("heavy", [1, 2, 5])
def test_a_refusal_starts_the_walk_over(heavy: int) -> None:
    server = CountedServer(list(range(12)), 4, heavy=frozenset({heavy}))
    ids, proof = walk(server, confirm=confirmed, amend=Halving(server).amend)
    assert (ids, proof.incomplete) == (list(range(12)), None)
    assert server.size == 2


def test_a_refusal_that_nothing_helps_is_an_error() -> None:
    server = CountedServer(list(range(4)), 1, heavy=frozenset({2}))
    with pytest.raises(TooLarge):
        walk(server, amend=Halving(server).amend)


@pytest.mark.parametrize("confirm", [bool, confirmed])
def test_a_walk_that_starts_over_passes_again_what_it_has_seen(confirm: Any) -> None:
    """Two pages of four are read, and passed again as four of two."""
    server = CountedServer(list(range(12)), 4, heavy=frozenset({3}))
    ids, proof = walk(server, confirm=confirm, amend=Halving(server).amend)
    assert (ids, proof.incomplete) == (list(range(12)), None)
