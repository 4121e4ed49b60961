"""Two listings that tell the same, cross-checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from identity_sdk.errors import IdentityError, Stopped
from identity_sdk.listing.dedupe import RowStatus, SeenKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable


@dataclass(frozen=True)
class Side:
    """One of two listings that tell the same facts.

    Attributes:
        told: The facts as this run has read the listing.
        look_again: Given facts, reads again those parts of the listing that would tell them,
            adds what the first look lacked to the listing, and returns what they tell now.
    """

    facts: Callable[[], Iterable[Hashable]]
    recheck: Callable[[Collection[Any]], Iterable[Hashable]]


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

    What differs is looked at a second time, and nothing else: rows change while they are read.
    A difference that is there both times is no such change: one of the listings lacks rows.
    """

    def __init__(self, left: Side, right: Side) -> None:
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
        left, right = _lacking(self._right, self._left), _lacking(self._left, self._right)
        try:
            now_right = set(self._right.recheck(left | right))
            now_left = set(self._left.recheck(left | right))
        except Stopped:
            raise
        except IdentityError:
            return Difference(frozenset(left), frozenset(right))
        only_left, only_right = left & now_left - now_right, right & now_right - now_left
        return Difference(frozenset(only_left), frozenset(only_right))

    def _agree(self) -> bool:
        """Whether both tell the same, found out in little memory."""
        seen, common = SeenKeys(), 0
        for fact in self._left.facts():
            seen.add(fact, {})
        left = seen.total
        seen.next_walk()
        for fact in self._right.facts():
            status = seen.add(fact, {})
            if status is RowStatus.NEW:
                return False
            common += status is RowStatus.AGAIN
        return common == left


def _lacking(side: Side, other: Side) -> set[Hashable]:
    """The facts that a side lacks and the other tells."""
    told = SeenKeys()
    for fact in side.facts():
        told.add(fact, {})
    return {fact for fact in other.facts() if fact not in told}
