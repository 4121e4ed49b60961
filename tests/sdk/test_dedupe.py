"""The set of seen keys against a plain dictionary."""

from __future__ import annotations

import random
import tracemalloc
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from identity_sdk.listing.dedupe import RowStatus, SeenKeys

if TYPE_CHECKING:
    from collections.abc import Hashable


class Model:
    """The same with a dictionary: key -> (round, item)."""

    def __init__(self, *, marks: bool = True) -> None:
        self.known: dict[Hashable, tuple[int, Any]] = {}
        self.walk_number = 0
        self.marks = self.repeated = marks

    def next_walk(self) -> None:
        self.walk_number += 1
        self.marks = self.repeated

    def add(self, key: Hashable, item: dict[str, Any]) -> RowStatus:
        before = self.known.get(key)
        if before is not None and before[0] == self.walk_number:
            self.repeated = True
            if not self.marks:
                return RowStatus.UNDECIDED
            return RowStatus.REPEAT if before[1] == item else RowStatus.CONFLICT
        self.known[key] = (self.walk_number, item)
        return RowStatus.NEW if before is None else RowStatus.AGAIN

    @property
    def in_walk(self) -> int:
        return sum(seen == self.walk_number for seen, _ in self.known.values())


_KEYS = st.text(max_size=2) | st.tuples(st.text(max_size=1), st.integers(0, 300).map(str))
_NUMBERS = st.integers(-5, 5)
_ITEMS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2) | st.none(), max_size=2)
_MAX_WALKS = st.lists(st.lists(st.tuples(_KEYS, _ITEMS), max_size=150), min_size=1, max_size=4)


@settings(deadline=None)
@given(_MAX_WALKS, st.booleans())
def test_it_sees_what_a_dictionary_sees(
    rounds: list[list[tuple[Hashable, dict[str, Any]]]], marks: bool
) -> None:
    seen, model = SeenKeys(marks=marks), Model(marks=marks)
    for number, rows in enumerate(rounds):
        if number:
            seen.next_walk()
            model.next_walk()
        for key, item in rows:
            assert seen.add(key, item) is model.add(key, item)
            assert (seen.total, seen.in_walk) == (len(model.known), model.in_walk)


@settings(deadline=None)
@given(_MAX_WALKS, st.integers(1, 40), st.booleans())
def test_pages_are_what_their_rows_are(
    rounds: list[list[tuple[Hashable, dict[str, Any]]]], size: int, marks: bool
) -> None:
    """A page at once is the same as its rows one by one, also the first, which may stay alone."""
    seen, singly = SeenKeys(marks=marks), SeenKeys(marks=marks)
    for number, rows in enumerate(rounds):
        if number:
            seen.next_walk()
            singly.next_walk()
        items = [{"key": key, **item} for key, item in rows]
        for page in (items[at : at + size] for at in range(0, len(items), size)):
            diff = seen.compare(page, lambda item: item["key"])
            statuses = [singly.add(item["key"], item) for item in page]
            told = [statuses.count(each) for each in RowStatus]
            assert diff.fresh == [
                i for i, each in zip(page, statuses, strict=True) if each is RowStatus.NEW
            ]
            decided = diff.repeats - diff.undecided
            assert told[1:] == [diff.again, decided, diff.conflicts, diff.undecided]
            for name in ("total", "in_walk", "digest", "as_before"):
                assert getattr(seen, name) == getattr(singly, name)


def test_a_repeat_in_a_walk_without_marks_is_decided_in_the_next() -> None:
    seen = SeenKeys(marks=False)
    page = [{"id": 1, "v": 1}, {"id": 1, "v": 2}, {"id": 2}, {"id": 2}]
    diff = seen.compare(page, lambda item: item["id"])
    assert (diff.repeats, diff.undecided, diff.conflicts) == (2, 2, 0)
    seen.next_walk()
    diff = seen.compare(page, lambda item: item["id"])
    assert (diff.repeats, diff.undecided, diff.conflicts) == (1, 0, 1)


def test_marks_are_kept_from_the_first_walk_on_if_that_is_asked_for_in_time() -> None:
    seen = SeenKeys(marks=False)
    seen.keep_marks()
    pages = [[{"id": 1, "v": 1}], [{"id": 1, "v": 1}], [{"id": 1, "v": 2}]]
    first, repeat, conflict = (seen.compare(page, lambda item: item["id"]) for page in pages)
    assert (len(first.fresh), repeat.repeats, conflict.conflicts) == (1, 1, 1)
    assert repeat.undecided == conflict.undecided == 0


def test_it_sees_what_a_dictionary_sees_at_length() -> None:
    chance = random.Random(3)
    seen, model = SeenKeys(), Model()
    for number in range(4):
        if number:
            seen.next_walk()
            model.next_walk()
        for _ in range(10_000):
            key, item = f"user-{chance.randrange(6000 * (number + 1))}", {"a": chance.randrange(3)}
            assert seen.add(key, item) is model.add(key, item)
        assert (seen.total, seen.in_walk) == (len(model.known), model.in_walk)


def test_the_order_of_fields_makes_no_other_row() -> None:
    seen = SeenKeys()
    assert seen.add("a", {"x": 1, "y": {"b": 1, "a": 2}}) is RowStatus.NEW
    assert seen.add("a", {"y": {"a": 2, "b": 1}, "x": 1}) is RowStatus.REPEAT
    assert seen.add("a", {"y": [1, 2], "x": 1}) is RowStatus.CONFLICT
    assert seen.add("a", {"x": 1, "y": {"b": 1, "a": 2}}) is RowStatus.REPEAT


def test_every_value_of_a_row_counts() -> None:
    values: list[Any] = [None, True, 1, "1", Decimal("1.5"), 10**30, "", [], {}, "ü"]
    rows: list[dict[str, Any]] = [{"v": value} for value in values] + [{}, {"w": None}]
    for first in rows:
        for second in rows:
            seen = SeenKeys()
            seen.add("k", first)
            expected = RowStatus.REPEAT if first is second else RowStatus.CONFLICT
            assert seen.add("k", second) is expected


def test_another_row_in_a_later_round_replaces_the_first() -> None:
    seen = SeenKeys()
    seen.add("k", {"v": 1})
    seen.next_walk()
    assert seen.add("k", {"v": 2}) is RowStatus.AGAIN
    assert seen.add("k", {"v": 2}) is RowStatus.REPEAT
    assert seen.add("k", {"v": 1}) is RowStatus.CONFLICT
    assert (seen.total, seen.in_walk) == (1, 1)


def test_asking_for_a_key_leaves_no_trace() -> None:
    seen = SeenKeys()
    for number in range(1000):
        assert number not in seen
        seen.add(number, {})
        assert number in seen
    assert ("1",) not in seen
    seen.next_walk()
    assert 7 in seen
    assert (seen.total, seen.in_walk) == (1000, 0)
    assert seen.add(7, {}) is RowStatus.AGAIN


def test_there_are_thirty_two_rounds() -> None:
    seen = SeenKeys()
    for _ in range(31):
        seen.add("k", {})
        seen.next_walk()
    assert seen.add("k", {}) is RowStatus.AGAIN
    with pytest.raises(OverflowError):
        seen.next_walk()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (0, 1),
        (-1, -2),
        (0, 2**61 - 1),
        (1, 2**61),
        ((-1,), (-2,)),
        ("0", "1"),
        ("aa", "\u6161"),
        (1, "1"),
    ],
)
def test_different_keys_are_told_apart(first: Hashable, second: Hashable) -> None:
    seen = SeenKeys()
    assert seen.add(first, {"v": 1}) is RowStatus.NEW
    assert seen.add(second, {"v": 2}) is RowStatus.NEW


@settings(deadline=None)
@given(
    st.lists(st.integers(-5, 5) | st.tuples(st.integers(-3, 3), st.integers(-3, 3)), unique=True)
)
@example([0, 1])
def test_small_numbers_are_told_apart(keys: list[Hashable]) -> None:
    seen = SeenKeys()
    assert [seen.add(key, {"v": str(key)}) for key in keys] == [RowStatus.NEW] * len(keys)


@pytest.mark.parametrize("marks", [True, False])
def test_it_grows_and_stays_small(marks: bool) -> None:
    seen, most = SeenKeys(marks=marks), 200_000
    repeat = RowStatus.REPEAT if marks else RowStatus.UNDECIDED
    for start in range(0, most, 1000):
        page = [{"id": f"user-{number:06}", "n": number} for number in range(start, start + 1000)]
        assert seen.compare(page, lambda item: item["id"]).fresh == page
        slots = len(seen._hashes)
        arrays = [each for each in (seen._hashes, seen._walks, seen._marks) if each]
        assert sum(a.itemsize * len(a) for a in arrays) == (13 if marks else 9) * slots
        # Two thirds full, or just doubled; a small table is quadrupled.
        few = 1.5 if start else 0
        assert few <= slots / (start + 1000) <= (3.01 if slots > 2**18 else 6.01)
        assert slots & (slots - 1) == 0
    assert (seen.total, seen.in_walk) == (most, most)
    for number in range(0, most, 7):
        user = f"user-{number:06}"
        assert seen.add(user, {"id": user, "n": number}) is repeat
    seen.next_walk()
    for number in range(most):
        assert seen.add(f"user-{number:06}", {"n": -number}) is RowStatus.AGAIN
    assert (seen.total, seen.in_walk) == (most, most)


def test_nothing_else_is_kept() -> None:
    """Also by what Python itself counts: all of it is in the arrays."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        seen = SeenKeys()
        for number in range(20_000):
            seen.add(("group", f"user-{number}"), {"padding": "x" * 100})
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken <= 13 * len(seen._hashes) + 100_000


def test_numbers_in_a_row_do_not_make_it_slow() -> None:
    """Hashes of small integers are the integers: they fill the table without gaps."""
    seen = SeenKeys()
    for number in range(2, 30_000):
        assert seen.add(number, {}) is RowStatus.NEW
