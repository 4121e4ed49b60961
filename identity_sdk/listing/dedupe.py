"""Detection of rows of a listing that were seen before, in little memory."""

from __future__ import annotations

import enum
from array import array
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from identity_sdk.listing.evidence import unsound_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from identity_sdk.exchange import Item

_MAX_WALKS = 32
_MARK_BITS = 0x7FFFFFFF
_SMALL = 2**17
"""Slots of a table that is quadrupled rather than doubled: it takes a megabyte."""
_encoder = msgspec.json.Encoder(order="sorted")


def _hash(value: Any) -> int:
    """A hash of a value that is not 0: of an ASCII text its own, else of its JSON.

    Not hash(value): hash(-1) == hash(-2), hash(0) == hash(2**61 - 1), and texts of other widths
    have the hash of the ASCII text in the same bytes: hash("\u6161") == hash("aa").
    """
    if type(value) is str and value.isascii():
        return hash(value) or 1
    return hash(b"\0" + _encoder.encode(value)) or 1


class RowStatus(enum.Enum):
    """How a row compares with the rows seen before."""

    NEW = enum.auto()
    """Never seen."""
    AGAIN = enum.auto()
    """Seen in an earlier walk only, which is normal."""
    REPEAT = enum.auto()
    """The same row a second time in this walk: a duplicate row."""
    CONFLICT = enum.auto()
    """A different row with a key seen in this walk."""
    UNDECIDED = enum.auto()
    """A row with a key seen in this walk, which keeps no marks: one of the last two."""


_NEW, _AGAIN, _REPEAT, _CONFLICT, _UNDECIDED = RowStatus


@dataclass
class PageDiff:
    """How the rows of a page compare with the rows seen before.

    Attributes:
        fresh: Rows never seen.
        again: Number of rows seen in earlier walks only.
        repeats: Number of rows with a key seen in this walk, apart from conflicts.
        conflicts: Number of rows that differ from a row with the same key in this walk.
        undecided: Number of the repeats that may be conflicts.
        unkeyed: Number of rows without a key.
    """

    fresh: list[Item]
    again: int = 0
    repeats: int = 0
    conflicts: int = 0
    undecided: int = 0
    unkeyed: int = 0

    @property
    def moves_on(self) -> bool:
        """Whether any row is new in this walk."""
        return bool(self.fresh or self.again)


class SeenKeys:
    """A set of keys, in 9 bytes per slot, or 13 with a mark of each row.

    An open-addressing table of 64-bit hashes, at most two thirds full: a Python set with the same
    content takes six times the memory. Among a million keys, two share a hash in one of 37 million
    listings. A mark is a hash of 31 bits of a row's content; it tells a duplicate row from a
    different one with the same key.

    A listing may be read in several walks; `next_walk` starts the next.

    Args:
        content: The part of a row that is emitted. From the second walk on, rows with one key
            conflict only if they differ in it.
        marks: Whether rows are marked from the first walk on. If not, they are from the walk after
            the first repeat: marks cost as much as all the rest, and hardly any listing has
            repeats. A walk with undecided repeats proves nothing, so that another one is made.
    """

    def __init__(self, content: Callable[[Item], Any] | None = None, *, marks: bool = True) -> None:
        self._content = content
        self._hashes = array("q", [0]) * 64
        self._walks = array("b", [0]) * 64
        self._marks: array[int] | None = array("i", [0]) * 64 if marks else None
        self._first: tuple[list[int], list[Item]] = [], []  # hashes and rows of a first page
        self._repeated = False
        self.walk_number = 0
        """The current walk; the first is 0."""
        self.total = 0
        """Distinct keys over all walks."""
        self.in_walk = 0
        """Distinct keys of the current walk."""
        self.digest = 0
        """Sum of the hashes of those keys: other sets of the same size have other sums."""
        self._new = 0  # digest of the keys that no earlier walk had
        self._before = set[int]()  # digests of earlier walks

    def next_walk(self) -> None:
        """Start the next walk: all keys so far count as seen in an earlier walk."""
        self._enter_first()
        self.walk_number += 1
        self._before.add(self.digest)
        self.in_walk = self.digest = self._new = 0
        if self.walk_number >= _MAX_WALKS:
            raise OverflowError(f"SeenKeys can distinguish {_MAX_WALKS} walks")
        if self._repeated and self._marks is None:
            self._marks = array("i", [0]) * len(self._hashes)

    @property
    def as_before(self) -> bool:
        """Whether this walk has the keys of an earlier one, and otherwise only new ones."""
        return self.digest - self._new in self._before

    def keep_marks(self) -> None:
        """Mark rows from the first walk on, if none has been seen yet."""
        if self._marks is None and not self.total:
            self._marks = array("i", [0]) * len(self._hashes)

    def again(self, keys: int, digest: int) -> None:
        """Count a page that is unchanged since an earlier walk: its keys and their digest."""
        self.in_walk += keys
        self.digest += digest

    def compare(self, items: list[Item], key: Callable[[Item], Hashable | None]) -> PageDiff:
        """Add the rows of a page; return how they compare with the rows seen before."""
        keys = list(map(key, items))
        keyed = items
        if None in keys:
            keyed = [item for item, each in zip(items, keys, strict=True) if each is not None]
            keys = [each for each in keys if each is not None]
        unkeyed = len(items) - len(keyed)
        hashes = list(map(_hash, keys))
        if self._keep_first(hashes, keyed):
            return PageDiff(keyed, unkeyed=unkeyed)
        known = self._enter(hashes, keyed)
        fresh = keyed
        if known:
            fresh = [item for place, item in enumerate(keyed) if place not in known]
        told = Counter(known.values())
        repeats = told[_REPEAT] + told[_UNDECIDED]
        again, conflicts = told[_AGAIN], told[_CONFLICT]
        return PageDiff(fresh, again, repeats, conflicts, told[_UNDECIDED], unkeyed)

    def add(self, key: Hashable, item: Item) -> RowStatus:
        """Add a row; return how it compares with the rows seen before."""
        return self._enter([_hash(key)], [item]).get(0, _NEW)

    def __contains__(self, key: Hashable) -> bool:
        """Whether a key was seen in any walk."""
        self._enter_first()
        hashes, last = self._hashes, len(self._hashes) - 1
        wanted = _hash(key)
        slot = wanted & last
        while (known := hashes[slot]) and known != wanted:
            slot = slot + 1 & last
        return bool(known)

    def _keep_first(self, hashes: list[int], items: list[Item]) -> bool:
        """Keep the first page out of the table until there is a second to compare with it; return
        whether this is one, and without repeats.

        Most listings of a fan-out are one page.
        """
        if self.total or self.walk_number or len(set(hashes)) < len(hashes):
            return False
        self._first = hashes, items
        self.total = self.in_walk = len(hashes)
        self.digest = self._new = sum(hashes)
        return True

    def _enter_first(self) -> None:
        """Enter the first page into the table."""
        hashes, items = self._first
        if hashes:
            self._first = [], []
            self.total = self.in_walk = self.digest = self._new = 0
            self._enter(hashes, items)

    def _enter(self, wanted: list[int], items: list[Item]) -> dict[int, RowStatus]:
        """Enter rows by the hashes of their keys; return the status of each that is not new, by
        its place."""
        self._enter_first()
        self._make_room(len(wanted))
        hashes, walks, this = self._hashes, self._walks, self.walk_number
        marks, given = self._marks, self._marks_of(items)
        last, known = len(hashes) - 1, dict[int, RowStatus]()
        for place, each in enumerate(wanted):
            slot = each & last
            while (met := hashes[slot]) and met != each:
                slot = slot + 1 & last
            if met and walks[slot] == this:
                alike = None if marks is None else marks[slot] == given[place]
                known[place] = _UNDECIDED if alike is None else _REPEAT if alike else _CONFLICT
                continue
            if met:
                known[place] = _AGAIN
            hashes[slot], walks[slot] = each, this
            if marks is not None:
                marks[slot] = given[place]
        self._count(wanted, known)
        return known

    def _marks_of(self, items: list[Item]) -> list[int]:
        if self._marks is None:
            return []
        contents = map(self._content, items) if self.walk_number and self._content else items
        return [_hash(content) & _MARK_BITS for content in contents]

    def _count(self, wanted: list[int], known: dict[int, RowStatus]) -> None:
        again = [wanted[place] for place, status in known.items() if status is _AGAIN]
        new = sum(wanted) - sum(wanted[place] for place in known)
        self.total += len(wanted) - len(known)
        self.in_walk += len(wanted) - len(known) + len(again)
        self._new += new
        self.digest += new + sum(again)
        self._repeated |= len(again) < len(known)

    def _make_room(self, more: int) -> None:
        """Grow until `more` keys fit."""
        before, size = len(self._hashes), len(self._hashes)
        while (self.total + more) * 3 > size * 2:
            size *= 4 if size < _SMALL else 2
        if size > before:
            self._resize(size)

    def _resize(self, size: int) -> None:
        hashes, walks, marks = self._hashes, self._walks, self._marks
        self._hashes, self._walks = array("q", [0]) * size, array("b", [0]) * size
        self._marks = None if marks is None else array("i", [0]) * size
        for place, wanted in enumerate(hashes):
            if wanted:
                slot = wanted & size - 1
                while self._hashes[slot]:
                    slot = slot + 1 & size - 1
                self._hashes[slot], self._walks[slot] = wanted, walks[place]
                if self._marks is not None and marks is not None:
                    self._marks[slot] = marks[place]


class Deduplicator:
    """Passes each row of a listing once.

    Attributes:
        seen: The rows seen so far.
        repeats: Duplicate rows that were dropped.
        conflicts: Rows that differ from a row with the same key.
        unkeyed: Rows without a key.
        passed: Rows passed.
    """

    def __init__(self, key: Callable[[Item], Hashable | None]) -> None:
        self._key = key
        self.seen = SeenKeys()
        self.repeats = self.conflicts = self.unkeyed = self.passed = 0

    def fresh(self, items: list[Item]) -> list[Item]:
        """The rows that were not seen before."""
        diff = self.seen.compare(items, self._key)
        self.unkeyed += diff.unkeyed
        self.repeats += diff.repeats
        self.conflicts += diff.conflicts
        self.passed += len(diff.fresh)
        return diff.fresh

    @property
    def problem(self) -> str | None:
        """Why rows were lost (no key, conflicting keys); None if none was."""
        return unsound_rows(self.unkeyed, self.conflicts)
