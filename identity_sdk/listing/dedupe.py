"""Detection of rows of a listing that were seen before, in little memory."""

from __future__ import annotations

import enum
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from identity_sdk.listing.evidence import unsound_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from identity_sdk.exchange import Item

_MAX_WALKS = 32
_WALK_BITS = _MAX_WALKS - 1
_CONTENT_BITS = 0x7FFFFFFF - _WALK_BITS
_encoder = msgspec.json.Encoder(order="sorted")


def _hashes(values: Sequence[Any]) -> list[int]:
    """A hash of each value, by its JSON; none is 0.

    Not hash(value): hash(-1) == hash(-2), hash(0) == hash(2**61 - 1).
    """
    return [hash(line) or 1 for line in _encoder.encode_lines(values).splitlines()]


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


_NEW, _AGAIN, _REPEAT, _CONFLICT = RowStatus


@dataclass
class PageDiff:
    """How the rows of a page compare with the rows seen before.

    Attributes:
        fresh: Rows never seen.
        again: Number of rows seen in earlier walks only.
        repeats: Number of duplicate rows in this walk.
        conflicts: Number of rows that differ from a row with the same key in this walk.
        unkeyed: Number of rows without a key.
    """

    fresh: list[Item]
    again: int = 0
    repeats: int = 0
    conflicts: int = 0
    unkeyed: int = 0

    @property
    def moves_on(self) -> bool:
        """Whether any row is new in this walk."""
        return bool(self.fresh or self.again)


class SeenKeys:
    """A set of keys with a hash of each row, in 12 bytes per slot.

    An open-addressing table of 64-bit hashes, at most two thirds full: a Python set with the same
    content takes six times the memory. Among a million keys, two share a hash in one of 37 million
    listings. Of each row's content, a hash of 26 bits is kept.

    A listing may be read in several walks; `next_walk` starts the next.

    Attributes:
        content: The part of a row that is emitted. From the second walk on, rows with one key
            conflict only if they differ in it.
    """

    def __init__(self, content: Callable[[Item], Any] | None = None) -> None:
        self._content = content
        self._hashes = array("q", [0]) * 64
        self._marks = array("i", [0]) * 64
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
        self.walk_number += 1
        self._before.add(self.digest)
        self.in_walk = self.digest = self._new = 0
        if self.walk_number >= _MAX_WALKS:
            raise OverflowError(f"SeenKeys can distinguish {_MAX_WALKS} walks")

    @property
    def as_before(self) -> bool:
        """Whether this walk has the keys of an earlier one, and otherwise only new ones."""
        return self.digest - self._new in self._before

    def again(self, keys: int, digest: int) -> None:
        """Count a page that is unchanged since an earlier walk: its keys and their digest."""
        self.in_walk += keys
        self.digest += digest

    def compare(self, items: list[Item], key: Callable[[Item], Hashable | None]) -> PageDiff:
        """Add the rows of a page; return how they compare with the rows seen before."""
        keys = [key(item) for item in items]
        keyed = items
        if None in keys:
            keyed = [item for item, each in zip(items, keys, strict=True) if each is not None]
            keys = [each for each in keys if each is not None]
        statuses = self._statuses(keys, keyed)
        repeats, conflicts = statuses.count(_REPEAT), statuses.count(_CONFLICT)
        fresh = [item for item, status in zip(keyed, statuses, strict=True) if status is _NEW]
        again = len(statuses) - len(fresh) - repeats - conflicts
        return PageDiff(fresh, again, repeats, conflicts, len(items) - len(keyed))

    def add(self, key: Hashable, item: Item) -> RowStatus:
        """Add a row; return how it compares with the rows seen before."""
        return self._statuses([key], [item])[0]

    def __contains__(self, key: Hashable) -> bool:
        """Whether a key was seen in any walk."""
        hashes, last = self._hashes, len(self._hashes) - 1
        [wanted] = _hashes([key])
        slot = wanted & last
        while (known := hashes[slot]) and known != wanted:
            slot = slot + 1 & last
        return bool(known)

    def _statuses(self, keys: list[Hashable], items: list[Item]) -> list[RowStatus]:
        self._make_room(len(keys))
        hashes, marks, this = self._hashes, self._marks, self.walk_number
        contents = list(map(self._content, items)) if this and self._content else items
        last = len(hashes) - 1
        statuses = []
        for wanted, content in zip(_hashes(keys), _hashes(contents), strict=True):
            mark = content & _CONTENT_BITS | this
            slot = wanted & last
            while (known := hashes[slot]) and known != wanted:
                slot = slot + 1 & last
            before = marks[slot]
            if known and before & _WALK_BITS == this:
                statuses.append(_REPEAT if before == mark else _CONFLICT)
                continue
            hashes[slot], marks[slot] = wanted, mark
            self.in_walk += 1
            self.digest += wanted
            if not known:
                self.total += 1
                self._new += wanted
            statuses.append(_AGAIN if known else _NEW)
        return statuses

    def _make_room(self, more: int) -> None:
        """Grow until `more` keys fit."""
        before, size = len(self._hashes), len(self._hashes)
        while (self.total + more) * 3 > size * 2:
            size *= 2
        if size > before:
            self._resize(size)

    def _resize(self, size: int) -> None:
        hashes, marks = self._hashes, self._marks
        self._hashes, self._marks = array("q", [0]) * size, array("i", [0]) * size
        for wanted, mark in zip(hashes, marks, strict=True):
            if wanted:
                slot = wanted & size - 1
                while self._hashes[slot]:
                    slot = slot + 1 & size - 1
                self._hashes[slot], self._marks[slot] = wanted, mark


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
