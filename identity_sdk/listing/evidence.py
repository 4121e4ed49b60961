"""What proves that a listing was read whole: one rule for every pager.

A listing is proven when its keys are sound, what was found reaches the highest total that the
server stated, and one of these holds. The cheapest is taken.

0. It was answered whole: one SELECT.
1. It is one page that is shorter than its size, where the size is known to be honoured; else a
   request past its end brought nothing.
2. Its pages join: each begins with the last row of the one before, in an order without ties,
   because the vendor documents it or because the keys rose through the whole listing. A
   keyset cursor and a closed window of an append-only log are of this kind.
3. Its first page and its total, asked for again at the end, are unchanged: in a list that shows
   the newest first, or one whose pages joined under one total. While newcomers are in front of
   the page it is asked for again, for its total may have been counted before one of them came.
4. A second walk brought nothing new. A row that was made after the first walk began is no doubt,
   nor, where the server states totals, is one that is gone by then.

A full page proves nothing by itself: servers count and select in two statements, so that a row
added in between pushes another one out under a total that fits.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from identity_sdk.listing.dedupe import PageDiff


class Order(enum.Enum):
    """In which order a server lists rows, as far as the vendor documents it."""

    UNKNOWN = enum.auto()
    """None is documented: only keys that rise from row to row show one."""
    CLOSED = enum.auto()
    """Nothing comes or goes any more: a closed window of an append-only log."""
    NEWEST_FIRST = enum.auto()
    """By the moment of creation, the latest first; there may be ties."""


@dataclass(frozen=True)
class ListingResult:
    """What a finished reading proved.

    Attributes:
        total: How many items the server says there are; None if it does not say, or
            says what cannot be true.
        repeats: Rows that were seen twice and dropped.
        incomplete: Why the listing is not known to be whole; None if it is.
        missing: How many rows the server counts and never showed, where nothing else is amiss.
    """

    total: int | None = None
    repeats: int = 0
    incomplete: str | None = None
    missing: int = 0


@dataclass
class WalkRecord:
    """What one walk over a listing saw, from its first page to its last.

    Attributes:
        found: Distinct rows.
        new: Of these, rows that no earlier walk had found.
        newcomers: Of these, rows that were made after the first walk began.
        totals: What the server said the total is, page by page.
        unreadable: Whether it stated a total that is no number.
        repeats: Rows that came a second time.
        conflicts: Rows that came under the key of a different row.
        unkeyed: Rows without a key.
        refuted: Whether there were more rows than there are said to be.
        unpaged: Whether each page was the first.
        capped: Whether the first page was exactly as long as asked for.
        gave_up: Why the walk ended before the listing did; None if it did not.
        by_cursor: Whether the server itself says where each page begins.
        one_select: Whether one response held all (0, 1).
        moved: Whether pages that were to join did not.
        joined: Whether pages joined (2).
        unique: Whether they did so in an order without ties (2).
        start_unchanged: Whether the first page was the same at the end (3).
        as_before: Whether it found the rows of an earlier walk, and no others but new ones.
    """

    found: int = 0
    new: int = 0
    newcomers: int = 0
    totals: list[int] = field(default_factory=list)
    unreadable: bool = False
    repeats: int = 0
    conflicts: int = 0
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

    def count(self, diff: PageDiff) -> None:
        """Count in how the rows of a page compare with what was seen."""
        self.unkeyed += diff.unkeyed
        self.repeats += diff.repeats
        self.conflicts += diff.conflicts
        self.new += len(diff.fresh)
        self.found += len(diff.fresh) + diff.again

    @property
    def highest(self) -> int:
        """The highest total that was stated; 0 if none was."""
        return max(self.totals, default=0)

    @property
    def total(self) -> int | None:
        """The server's last word on the number of rows, unless it is refuted."""
        return None if self.refutes or not self.totals else self.totals[-1]

    @property
    def refutes(self) -> bool:
        """Whether there are more rows than there are said to be, not counting newcomers."""
        return self.refuted or self.found - self.newcomers > self.highest

    @property
    def steady(self) -> bool:
        """Whether one total held all through the walk, and as many rows were found, or there was
        no total."""
        return set(self.totals) <= {self.found}


def problem(walks: Sequence[WalkRecord], *, together: int | None = None) -> str | None:
    """Why these walks do not prove their listing whole; None if they do.

    Args:
        walks: All that were made, the last of them to its end.
        together: Distinct rows of all walks, where a server may order by what has ties, so
            that each walk misses other rows; None where that is not to be believed.
    """
    last = walks[-1]
    if reason := last.gave_up or unsound_rows(max(w.unkeyed for w in walks), last.conflicts):
        return reason
    if last.unreadable:
        return "the server stated a total that is no number"
    if together is not None and _add_up(walks, together):
        return None
    seen = sum(walk.new for walk in walks)
    return _short_of_total(walks) or fewer_rows(seen, last.found) or _unproven(walks)


def shortage(walks: Sequence[WalkRecord]) -> int:
    """How many rows the last walk lacks, where it is that alone which is amiss; else 0."""
    last = walks[-1]
    lacks = last.highest - last.found
    sound = not (last.gave_up or last.unpaged or last.unreadable or last.conflicts)
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
        return f"the total says {last.total}, but {before} rows were found before"
    return None


def fewer_rows(seen: int, last: int) -> str | None:
    """What is wrong with a walk that found far fewer rows than others of the same listing.

    Some may have gone meanwhile. But if it is more than a few, the credential may rather see
    less than before, and a server that leaves out what it may not see gives totals to match.
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
        return "rows repeated, and there is no total to compare with"
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
    """Whether walks under one total found, all in all, exactly as many rows as it says."""
    totals = {total for walk in walks for total in walk.totals}
    sound = not any(walk.conflicts or walk.unkeyed or walk.gave_up for walk in walks)
    sound = sound and not (walks[0].unpaged and walks[0].capped)
    return len(walks) > 1 and sound and totals == {together}


def unsound_rows(unkeyed: int, conflicts: int) -> str | None:
    """What is wrong with rows that have no key, or the key of another."""
    if unkeyed:
        return f"{unkeyed} rows came without an id"
    if conflicts:
        return f"{conflicts} keys came with two different rows"
    return None


def stated_total(value: Any) -> tuple[int | None, bool]:
    """The total that a server states, and whether it stated one that is no number.

    A whole number in any form of JSON is a number: 250, 250.0, "250".
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
