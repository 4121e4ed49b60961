"""Evidence that a listing was read completely: one rule for all pagers.

A listing is proven if its keys are sound, the rows found reach the highest total that the server
stated, and one of these holds. The cheapest is used.

0. It was returned whole, unpaged: one SELECT.
1. It is one page that is shorter than its size, where the size is known to be honoured; else a
   request past its end returned nothing.
2. Its pages join: each begins with the last row of the previous one, in an order without ties,
   because the vendor documents it or because the keys rose through the whole listing. A keyset
   cursor and a closed window of an append-only log are of this kind.
3. Its first page and its total, requested again at the end, are unchanged: in a list that is sorted
   newest first, or one whose pages joined under one total. While new rows precede it, the page is
   requested again, as its total may have been counted before one of them was added.
4. A second walk found nothing new. A row created after the first walk began is no doubt, nor, where
   the server states totals, is a row that is gone by then.

A full page proves nothing by itself: servers count and select in two statements, so that a row
added in between pushes another one out although the total fits.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from identity_sdk.listing.dedupe import PageDiff
    from identity_sdk.listing.pager import Page


class Order(enum.Enum):
    """The order in which a server lists rows, as far as the vendor documents it."""

    UNKNOWN = enum.auto()
    """Undocumented: only keys that rise from row to row show an order."""
    CLOSED = enum.auto()
    """No rows are added or removed any more: a closed window of an append-only log."""
    NEWEST_FIRST = enum.auto()
    """By creation time, newest first; ties are possible."""


@dataclass(frozen=True)
class ListingResult:
    """The result of a finished reading.

    Attributes:
        total: Number of items according to the server; None if it does not say, or what it says is
            refuted.
        repeats: Duplicate rows that were dropped.
        incomplete: Why the listing is not proven complete; None if it is.
        missing: Number of rows that the server counts but never returned, where nothing else is
            wrong.
    """

    total: int | None = None
    repeats: int = 0
    incomplete: str | None = None
    missing: int = 0


@dataclass
class WalkRecord:
    """What one walk over a listing found.

    Attributes:
        found: Distinct rows.
        new: Of these, rows that no earlier walk had found.
        newcomers: Of these, rows created after the first walk began.
        totals: The totals that its pages stated, each change of them once.
        unreadable: Whether a stated total is not a number.
        repeats: Duplicate rows.
        conflicts: Rows that differ from a row with the same key.
        undecided: Duplicate rows that may be conflicts.
        unkeyed: Rows without a key.
        refuted: Whether there were more rows than the total.
        unpaged: Whether each page was the first page again.
        capped: Whether the first page was exactly as long as requested.
        gave_up: Why the walk ended before the listing did; None if it did not.
        by_cursor: Whether the server determines where each page begins.
        one_select: Whether one response held all rows (0, 1).
        moved: Whether pages that were expected to join did not.
        joined: Whether pages joined (2).
        unique: Whether they did so in an order without ties (2).
        start_unchanged: Whether the first page was the same at the end (3).
        as_before: Whether it found the rows of an earlier walk, and otherwise only new ones.
    """

    found: int = 0
    new: int = 0
    newcomers: int = 0
    totals: list[int] = field(default_factory=list)
    unreadable: bool = False
    repeats: int = 0
    conflicts: int = 0
    undecided: int = 0
    unkeyed: int = 0
    refuted: bool = False
    unpaged: bool = False
    capped: bool = False
    gave_up: str | None = None
    by_cursor: bool = False
    one_select: bool = False
    moved: bool = False
    joined: bool = False
    unique: bool = False
    start_unchanged: bool = False
    as_before: bool = False

    def state(self, page: Page) -> None:
        """Note the total that a page states; one that is stated again counts once."""
        if page.total is not None and page.total not in self.totals[-1:]:
            self.totals.append(page.total)
        self.unreadable |= page.unreadable

    def count(self, diff: PageDiff) -> None:
        """Count the rows of a page."""
        self.unkeyed += diff.unkeyed
        self.repeats += diff.repeats
        self.conflicts += diff.conflicts
        self.undecided += diff.undecided
        self.new += len(diff.fresh)
        self.found += len(diff.fresh) + diff.again

    @property
    def highest(self) -> int:
        """The highest total stated; 0 if none was."""
        return max(self.totals, default=0)

    @property
    def total(self) -> int | None:
        """The last total stated, unless it is refuted."""
        return None if self.refutes or not self.totals else self.totals[-1]

    @property
    def refutes(self) -> bool:
        """Whether there are more rows than the total, not counting new ones."""
        return self.refuted or self.found - self.newcomers > self.highest

    @property
    def steady(self) -> bool:
        """Whether the total was the same throughout the walk and as many rows were found, or there
        was no total."""
        return set(self.totals) <= {self.found}


def problem(walks: Sequence[WalkRecord], *, together: int | None = None) -> str | None:
    """Why these walks do not prove that their listing is complete; None if they do.

    Args:
        walks: All walks made; the last one reached its end.
        together: Distinct rows of all walks, where the server's order may have ties, so that each
            walk misses other rows; None where that cannot be relied on.
    """
    last = walks[-1]
    if reason := last.gave_up or unsound_rows(max(w.unkeyed for w in walks), last.conflicts):
        return reason
    if last.undecided:
        return f"{last.undecided} keys came twice, and it is not known whether with another row"
    if last.unreadable:
        return "the server stated a total that is not a number"
    if together is not None and _add_up(walks, together):
        return None
    seen = sum(walk.new for walk in walks)
    return _short_of_total(walks) or fewer_rows(seen, last.found) or _unproven(walks)


def shortage(walks: Sequence[WalkRecord]) -> int:
    """How many rows the last walk lacks, if nothing else is wrong; else 0."""
    last = walks[-1]
    lacks = last.highest - last.found
    doubted = last.conflicts or last.undecided
    sound = not (last.gave_up or last.unpaged or last.unreadable or doubted)
    sound = sound and not any(walk.unkeyed for walk in walks)
    settled = len(walks) > 1 and last.new == last.newcomers and last.as_before
    same = {total for walk in walks[-2:] for total in walk.totals} == {last.highest}
    return lacks if lacks > 0 and sound and settled and same else 0


def _short_of_total(walks: Sequence[WalkRecord]) -> str | None:
    last = walks[-1]
    if last.found < last.highest:
        unpaged = "the server does not page: " if last.unpaged else ""
        return f"{unpaged}{last.found} of {last.highest} rows were found"
    if last.unpaged:
        return f"the server does not page: the same {last.found} rows came each time"
    told = [walk for walk in walks[:-1] if walk.totals and walk.refutes and not walk.moved]
    before = max((walk.found for walk in told), default=0)
    if last.total is not None and last.total < before:
        return f"the total is {last.total}, but {before} rows were found before"
    return None


def fewer_rows(seen: int, last: int) -> str | None:
    """Why a walk that found far fewer rows than others of the same listing is in doubt.

    A few rows may have been deleted. If there are more, the credential has probably lost
    permissions: servers that filter by permission lower their totals too.
    """
    if seen - last <= max(5, seen // 10):
        return None
    return f"{seen} rows were found, but the last walk found {last} only"


def _unproven(walks: Sequence[WalkRecord]) -> str | None:
    """Why none of the numbered rules holds for a walk that reached the total."""
    last = walks[-1]
    if last.one_select or last.start_unchanged or (last.joined and last.unique):
        return None
    if last.total is None and last.repeats and not last.by_cursor:
        return "there are duplicate rows and no total to compare with"
    if len(walks) > 1:
        if last.new > last.newcomers:
            return f"each of {len(walks)} walks found rows that the others had not"
        if last.as_before or last.total is not None:
            return None
        return f"no two of {len(walks)} walks found the same rows"
    if not last.joined:
        return "rows moved between pages"
    return "rows may have moved while several pages were read"


def _add_up(walks: Sequence[WalkRecord], together: int) -> bool:
    """Whether walks with the same total together found exactly as many rows."""
    totals = {total for walk in walks for total in walk.totals}
    sound = not any(walk.conflicts or walk.unkeyed or walk.gave_up for walk in walks)
    sound = sound and not (walks[0].unpaged and walks[0].capped)
    return len(walks) > 1 and sound and totals == {together}


def unsound_rows(unkeyed: int, conflicts: int) -> str | None:
    """What is wrong with rows without a key, or with another row's key."""
    if unkeyed:
        return f"{unkeyed} rows have no id"
    if conflicts:
        return f"{conflicts} keys belong to two different rows"
    return None


def stated_total(value: Any) -> tuple[int | None, bool]:
    """The total that a server states, and whether it states one that is not a number.

    Any JSON form of a whole number counts: 250, 250.0, "250".
    """
    if value is None:
        return None, False
    if isinstance(value, str):
        text = value.strip()
        digits = text.removesuffix(".0") if text.count(".") == 1 else text
        return (int(digits), False) if digits.isascii() and digits.isdigit() else (None, True)
    if isinstance(value, bool):
        return None, True
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None, True
    return (number, False) if number == value and number >= 0 else (None, True)
