"""Charts: a table of bars, whose numbers stand beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from access_review.warehouse import Row

WIDTH = 1000
"""Width of the longest bar, in units of the drawing."""

MOST_BARS = 24
"""Bars of a chart; the others are left out, the shortest first, and counted."""


@dataclass(frozen=True)
class Part:
    """A part of a bar."""

    kind: str
    value: int
    start: float
    width: float


@dataclass(frozen=True)
class Bar:
    """A row of a chart."""

    label: str
    total: int
    parts: Sequence[Part]


@dataclass(frozen=True)
class Chart:
    """A chart, and where its numbers lead to."""

    title: str
    href: str
    kinds: Sequence[str]
    bars: Sequence[Bar]
    left_out: int


@dataclass(frozen=True)
class Counts:
    """A chart of rows that are counted by source and kind.

    Attributes:
        section: Its statement in `sql/`.
    """

    title: str
    href: str
    section: str
    kinds: Sequence[str]


COUNTED = (
    Counts(
        "Access that came and went",
        "#changes",
        "change_counts",
        ("granted", "in force again", "revoked", "no longer in force"),
    ),
    Counts(
        "Credentials and when they end",
        "#credentials",
        "credential_counts",
        ("expires", "expired", "never expires", "unknown"),
    ),
    Counts(
        "Active accounts by last activity",
        "#people",
        "activity_counts",
        ("within 30 days", "within 90 days", "longer ago", "never", "unknown"),
    ),
)


def counted(counts: Counts, rows: Sequence[Row], sources: Mapping[str, str]) -> Chart:
    """A chart with a bar for each source."""
    found: dict[str, dict[str, int]] = {source: {} for source in sources}
    for row in rows:
        found[row["source_id"]][row["kind"]] = row["counted"]
    return stacked(counts.title, counts.href, counts.kinds, named(found, sources))


def named(
    counts: Mapping[str, Mapping[str, int]], names: Mapping[str, str]
) -> dict[str, Mapping[str, int]]:
    """Counts by the names of the sources; with its id, where two have the same name."""
    all_names = list(names.values())
    return {
        name if all_names.count(name) == 1 else f"{name} ({source})": counts[source]
        for source, name in names.items()
    }


def stacked(
    title: str, href: str, kinds: Sequence[str], rows: Mapping[str, Mapping[str, int]]
) -> Chart:
    """A chart of stacked bars: of each row, how many of each kind."""
    totals = {label: sum(counts.values()) for label, counts in rows.items()}
    longest = max(totals.values(), default=0) or 1
    kept = list(rows)
    if len(kept) > MOST_BARS:
        largest = set(sorted(kept, key=lambda label: -totals[label])[:MOST_BARS])
        kept = [label for label in kept if label in largest]
    bars = [Bar(label, totals[label], _parts(kinds, rows[label], longest)) for label in kept]
    used = [kind for kind in kinds if any(counts.get(kind) for counts in rows.values())]
    return Chart(title, href, used, bars, len(rows) - len(kept))


def _parts(kinds: Sequence[str], counts: Mapping[str, int], longest: int) -> list[Part]:
    parts, start = [], 0.0
    for kind in kinds:
        if value := counts.get(kind, 0):
            width = value / longest * WIDTH
            parts.append(Part(kind, value, round(start, 2), round(width, 2)))
            start += width
    return parts
