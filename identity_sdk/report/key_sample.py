"""How many rows of an earlier read a later one sees again, told from a few of them."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIZE = 64
"""Keys in a sample. A share estimated from as many is right within about 12 points."""


class Sample:
    """The keys of a read that come first in an order that is chance, but always the same.

    Two reads of the same rows have the same sample, whatever their order; the rows of an
    earlier sample stand for all rows of that read.
    """

    def __init__(self, before: Iterable[int] = ()) -> None:
        self._before = frozenset(before)
        self._kept: set[int] = set()
        self._lowest: list[int] = []  # negated, so that the greatest is first
        self._bound = 2**32  # No mark from here on is among the lowest.
        self._members: set[int] = set()

    def add(self, key: Sequence[object]) -> None:
        """Note a row by its key."""
        mark = crc32("\x1f".join(map(str, key)).encode("utf-8", "replace"))
        if mark in self._before:
            self._kept.add(mark)
        if mark >= self._bound or mark in self._members:
            return
        self._members.add(mark)
        heapq.heappush(self._lowest, -mark)
        if len(self._lowest) > SIZE:
            self._members.discard(-heapq.heappop(self._lowest))
            self._bound = -self._lowest[0]

    @property
    def marks(self) -> list[int]:
        """The sample, to be kept for a later read."""
        return sorted(self._members)

    @property
    def lost(self) -> float:
        """The share of the earlier sample that was not seen again."""
        return 1 - len(self._kept) / len(self._before) if self._before else 0.0
