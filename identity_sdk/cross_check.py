"""Two listings that tell the same, held against each other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from identity_sdk.errors import IdentityError, Stopped
from identity_sdk.keys import SeenKeys, Sight

Facts = Callable[[bool], Iterable[Hashable]]
"""What a listing tells: given False as this run has read it, given True read once more."""


@dataclass(frozen=True)
class Difference:
    """What only one of two listings tells, both times.

    Attributes:
        only_left: Facts that the right listing lacks.
        only_right: Facts that the left listing lacks.
    """

    only_left: frozenset[Any] = frozenset()
    only_right: frozenset[Any] = frozenset()


class CrossCheck:
    """Compares two listings where a server states no totals.

    What differs is looked at a second time: rows change while they are read. A difference
    that is there both times is no such change: one of the listings lacks rows.
    """

    def __init__(self, left: Facts, right: Facts) -> None:
        self._left = left
        self._right = right

    @cached_property
    def difference(self) -> Difference:
        """The difference that stays; found out once.

        Raises:
            IdentityError: One of the listings cannot be read.
        """
        if self._agree():
            return Difference()
        left, right = self._sides(again=False)
        try:
            left_again, right_again = self._sides(again=True)
        except Stopped:
            raise
        except IdentityError:
            return Difference(frozenset(left), frozenset(right))
        return Difference(frozenset(left & left_again), frozenset(right & right_again))

    def _agree(self) -> bool:
        """Whether both tell the same, found out in little memory."""
        seen, common = SeenKeys(), 0
        for fact in self._left(False):
            seen.see(fact, {})
        left = seen.total
        seen.next_round()
        for fact in self._right(False):
            sight = seen.see(fact, {})
            if sight is Sight.NEW:
                return False
            common += sight is Sight.AGAIN
        return common == left

    def _sides(self, *, again: bool) -> tuple[set[Hashable], set[Hashable]]:
        left, right = set(self._left(again)), set(self._right(again))
        return left - right, right - left
