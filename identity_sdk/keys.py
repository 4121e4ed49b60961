"""Which rows of a listing were seen before, in flat memory."""

from __future__ import annotations

import enum
from array import array
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from identity_sdk.exchange import Item

_MASK = (1 << 64) - 1
_ROUNDS = 32


class Sight(enum.Enum):
    """How a row compares with what was seen of its listing."""

    NEW = enum.auto()
    """Never seen."""
    AGAIN = enum.auto()
    """Seen in an earlier round only: nothing new, and nothing wrong."""
    REPEAT = enum.auto()
    """The same row a second time in this round."""
    CONFLICT = enum.auto()
    """A different row under a key of this round."""


class SeenKeys:
    """A set of keys, with what each looked like, in 16 bytes a slot.

    An open-addressing table of 64-bit hashes, at most two thirds full: a Python set
    holding the same would take five times the memory. Two of a million keys share a
    hash once in 37 million listings.

    A listing may be walked in several rounds; `next_round` starts the next.
    """

    def __init__(self) -> None:
        self._hashes = array("Q", [0]) * 64
        self._marks = array("Q", [0]) * 64
        self._round = 0
        self.total = 0
        """Distinct keys over all rounds."""
        self.in_round = 0
        """Distinct keys of the current round."""

    def next_round(self) -> None:
        """Start over: every key counts as seen in an earlier round."""
        self._round += 1
        self.in_round = 0
        if self._round >= _ROUNDS:
            raise OverflowError(f"SeenKeys tells {_ROUNDS} rounds apart")

    def see(self, key: Hashable, item: Item) -> Sight:
        """Note a row and say how it compares with what was seen."""
        # Not hash(key): hash(-1) == hash(-2), hash(0) == hash(2**61 - 1).
        wanted = hash(msgspec.json.encode(key)) & _MASK or 1
        mark = hash(msgspec.json.encode(item, order="sorted")) & (_MASK ^ (_ROUNDS - 1))
        mark |= self._round
        hashes, size = self._hashes, len(self._hashes)
        slot = wanted % size
        while hashes[slot] not in (0, wanted):
            slot = (slot + 1) % size
        known, before = hashes[slot], self._marks[slot]
        if known and before & (_ROUNDS - 1) == self._round:
            return Sight.REPEAT if before == mark else Sight.CONFLICT
        hashes[slot], self._marks[slot] = wanted, mark
        self.in_round += 1
        if known:
            return Sight.AGAIN
        self.total += 1
        if self.total * 3 > size * 2:
            self._grow()
        return Sight.NEW

    def _grow(self) -> None:
        hashes, marks = self._hashes, self._marks
        size = len(hashes) * 2
        self._hashes, self._marks = array("Q", [0]) * size, array("Q", [0]) * size
        for wanted, mark in zip(hashes, marks, strict=True):
            if wanted:
                slot = wanted % size
                while self._hashes[slot]:
                    slot = (slot + 1) % size
                self._hashes[slot], self._marks[slot] = wanted, mark


class Sieve:
    """Lets each row of a listing through once.

    Attributes:
        repeats: Rows that came again and were dropped.
        conflicts: Rows that came under the key of a different row.
        unkeyed: Rows without a key.
        passed: Rows let through.
    """

    def __init__(self, key: Callable[[Item], Hashable | None]) -> None:
        self._key = key
        self._seen = SeenKeys()
        self.repeats = self.conflicts = self.unkeyed = self.passed = 0

    def fresh(self, items: list[Item]) -> list[Item]:
        """The rows that were not seen before."""
        fresh = []
        for item in items:
            if (key := self._key(item)) is None:
                self.unkeyed += 1
                continue
            sight = self._seen.see(key, item)
            self.repeats += sight is Sight.REPEAT
            self.conflicts += sight is Sight.CONFLICT
            if sight is Sight.NEW:
                fresh.append(item)
        self.passed += len(fresh)
        return fresh

    def next_round(self) -> None:
        """The listing is walked once more."""
        self._seen.next_round()

    @property
    def in_round(self) -> int:
        """Distinct rows of the current round."""
        return self._seen.in_round

    @property
    def flaw(self) -> str | None:
        """Why not every row got through; None if each did."""
        return unsound_rows(self.unkeyed, self.conflicts)


def fewer_rows(seen: int, last: int) -> str | None:
    """What is wrong with a walk that found far fewer rows than others of the same listing.

    Some may have gone meanwhile. But if it is more than a few, the credential may rather see
    less than before, and a server that leaves out what it may not see gives totals to match.
    """
    if seen - last <= max(5, seen // 10):
        return None
    return f"{seen} rows were found, but the last walk found {last} only"


def unsound_rows(unkeyed: int, conflicts: int) -> str | None:
    """What is wrong with rows that have no key, or the key of another."""
    if unkeyed:
        return f"{unkeyed} rows came without an id"
    if conflicts:
        return f"{conflicts} keys came with two different rows"
    return None
