"""Estimate of how many rows of an earlier run are still there, from a sample of keys."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIZE = 64
"""Keys in a sample. A share estimated from these is accurate to about 12 points."""


class Sample:
    """A sample of a stream's keys: those with the lowest hashes.

    The same rows always have the same sample, in whatever order they are read; the sample
    represents all rows.
    """

    def __init__(self, before: Iterable[int] = ()) -> None:
        self._before = frozenset(before)
        self._kept: set[int] = set()
        self._lowest: list[int] = []  # negated, so that the largest is first
        self._bound = 2**32  # Hashes from here on are not among the lowest.
        self._members: set[int] = set()

    def add(self, keys: Iterable[Sequence[object]]) -> None:
        """Count rows by their keys."""
        marks = [crc32(_text(key).encode("utf-8", "replace")) for key in keys]
        if self._before:
            self._kept.update(self._before.intersection(marks))
        for mark in [each for each in marks if each < self._bound]:
            if mark < self._bound and mark not in self._members:
                self._add(mark)

    def _add(self, mark: int) -> None:
        self._members.add(mark)
        heapq.heappush(self._lowest, -mark)
        if len(self._lowest) > SIZE:
            self._members.discard(-heapq.heappop(self._lowest))
            self._bound = -self._lowest[0]

    @property
    def marks(self) -> list[int]:
        """The sample, to be kept for a later run."""
        return sorted(self._members)

    @property
    def lost(self) -> float:
        """The share of the earlier sample that was not seen again."""
        return 1 - len(self._kept) / len(self._before) if self._before else 0.0


def _text(key: Sequence[object]) -> str:
    try:
        return _SEPARATOR.join(key)  # type: ignore[arg-type]
    except TypeError:  # a number
        return _SEPARATOR.join(map(str, key))


_SEPARATOR = "\x1f"
