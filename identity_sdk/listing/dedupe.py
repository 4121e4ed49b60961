"""Which rows of a listing were seen before, in flat memory."""

from __future__ import annotations

import enum
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from identity_sdk.listing.evidence import unsound_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from identity_sdk.exchange import Item

_MAX_WALKS = 32
_WALK_BITS = _MAX_WALKS - 1
_CONTENT_BITS = 0x7FFFFFFF - _WALK_BITS
_encode = msgspec.json.Encoder(order="sorted").encode


def _all_of_it(item: Item) -> Item:
    return item


class RowStatus(enum.Enum):
    """How a row compares with what was seen of its listing."""

    NEW = enum.auto()
    """Never seen."""
    AGAIN = enum.auto()
    """Seen in an earlier walk only: nothing new, and nothing wrong."""
    REPEAT = enum.auto()
    """The same row a second time in this walk."""
    CONFLICT = enum.auto()
    """A different row under a key of this walk."""


_NEW, _AGAIN, _REPEAT, _CONFLICT = RowStatus


@dataclass
class PageDiff:
    """How the rows of a page compare with what was seen of their listing.

    Attributes:
        fresh: Rows never seen.
        again: How many were seen in earlier walks only.
        repeats: How many came a second time in this walk.
        conflicts: How many came under the key of a different row of this walk.
        unkeyed: How many have no key.
    """

    fresh: list[Item]
    again: int = 0
    repeats: int = 0
    conflicts: int = 0
    unkeyed: int = 0

    @property
    def moves_on(self) -> bool:
        """Whether this walk had not seen all of them."""
        return bool(self.fresh or self.again)


class SeenKeys:
    """A set of keys, with what each looked like, in 12 bytes a slot.

    An open-addressing table of 64-bit hashes, at most two thirds full: a Python set
    holding the same would take six times the memory. Two of a million keys share a
    hash once in 37 million listings. Of what a row looked like, 26 bits are kept.

    A listing may be read in several walks; `next_walk` starts the next.

    Attributes:
        content: What of a row is emitted. From the second walk on, rows of one key conflict
            only if they differ in that.
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
        """The sum of the hashes of those keys: another set of as many has another."""
        self._new = 0  # the digest of those that no earlier walk had
        self._before = set[int]()  # the digests of earlier walks

    def next_walk(self) -> None:
        """Start over: every key counts as seen in an earlier walk."""
        self.walk_number += 1
        self._before.add(self.digest)
        self.in_walk = self.digest = self._new = 0
        if self.walk_number >= _MAX_WALKS:
            raise OverflowError(f"SeenKeys tells {_MAX_WALKS} walks apart")

    @property
    def as_before(self) -> bool:
        """Whether this walk has the keys of an earlier one, and no others but new ones."""
        return self.digest - self._new in self._before

    def again(self, keys: int, digest: int) -> None:
        """Count in a page that is as it was in an earlier walk, with its keys and their digest."""
        self.in_walk += keys
        self.digest += digest

    def compare(self, items: list[Item], key: Callable[[Item], Hashable | None]) -> PageDiff:
        """Note the rows of a page and say how they compare with what was seen."""
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
        """Note a row and say how it compares with what was seen."""
        return self._statuses([key], [item])[0]

    def __contains__(self, key: Hashable) -> bool:
        """Whether a key was seen in any walk; asking leaves no trace."""
        hashes, last = self._hashes, len(self._hashes) - 1
        wanted = hash(_encode(key)) or 1
        slot = wanted & last
        while (known := hashes[slot]) and known != wanted:
            slot = slot + 1 & last
        return bool(known)

    def _statuses(self, keys: list[Hashable], items: list[Item]) -> list[RowStatus]:
        self._make_room(len(keys))
        hashes, marks, this = self._hashes, self._marks, self.walk_number
        content = self._content if this and self._content else _all_of_it
        last = len(hashes) - 1
        statuses = []
        for key, item in zip(keys, items, strict=True):
            # Not hash(key): hash(-1) == hash(-2), hash(0) == hash(2**61 - 1).
            wanted = hash(_encode(key)) or 1
            mark = hash(_encode(content(item))) & _CONTENT_BITS | this
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
        """Grow until `more` keys find a place."""
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
    """Lets each row of a listing through once.

    Attributes:
        seen: The rows seen so far.
        repeats: Rows that came again and were dropped.
        conflicts: Rows that came under the key of a different row.
        unkeyed: Rows without a key.
        passed: Rows let through.
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
        """Why not every row got through; None if each did."""
        return unsound_rows(self.unkeyed, self.conflicts)
