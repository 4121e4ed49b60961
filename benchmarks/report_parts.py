"""What the parts of RESULTS.md share: tables, ratios, and what a contender took."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.workloads import Workload

Found = dict[str, Any]
Line = list[str]
E2E = "e-end-to-end"
PIPELINE = "g-pipeline"


def paragraph(text: str, *, bullet: str = "") -> str:
    """Text in lines that can be read in an editor."""
    return textwrap.fill(
        text,
        100,
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(head: Line, lines: list[Line]) -> str:
    """A table; all columns but the first are numbers."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, rule, *lines])


def ratio(value: float) -> str:
    return f"{value:.1f}x" if value >= 2 else f"{value:.2f}x"


def time_of(workload: Workload, found: Found, contender: str) -> float:
    """What a contender took, in the measure of the workload."""
    if contender == "ideal":
        return workload.ideal
    return float(found[workload.key]["medians"][contender][workload.measure])
