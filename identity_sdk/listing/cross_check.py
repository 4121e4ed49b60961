"""Cross-checks of two listings that contain the same facts."""

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
    """One of two listings that contain the same facts.

    Attributes:
        facts: The facts in the listing as this run has read it.
        recheck: Given facts, reads the parts of the listing again that would contain them, adds
            what is new to the listing, and returns the facts found now.
    """

    facts: Callable[[], Iterable[Hashable]]
    recheck: Callable[[Collection[Any]], Iterable[Hashable]]


@dataclass(frozen=True)
class Difference:
    """Facts that only one of two listings contains, also when read again.

    Attributes:
        only_left: Facts that the right listing lacks.
        only_right: Facts that the left listing lacks.
    """

    only_left: frozenset[Any] = frozenset()
    only_right: frozenset[Any] = frozenset()


class CrossCheck:
    """Compares two listings where a server states no totals.

    Only what differs is read a second time, as rows change during the sync. A difference that
    remains is no such change: one of the listings lacks rows.
    """

    def __init__(self, left: Side, right: Side) -> None:
        self._left = left
        self._right = right

    @cached_property
    def difference(self) -> Difference:
        """The difference that remains; determined once.

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
        """Whether both contain the same facts; needs little memory."""
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
    """The facts of the other side that a side lacks."""
    told = SeenKeys()
    for fact in side.facts():
        told.add(fact, {})
    return {fact for fact in other.facts() if fact not in told}
