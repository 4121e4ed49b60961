"""SCALE.md, out of what was measured."""

from __future__ import annotations

import os
from typing import Any

from benchmarks.report_parts import table

Found = dict[str, Any]

INTRODUCTION = """# The access model at scale

Written by `make bench`. A company in Kinde and Logto is made up as raw tables, and dbt builds the
whole project with its tests: first, once more without a new run of the taps, and then the history
alone. Each was done once, on {cores} cores; CPU seconds are those of dbt and of the database. Other
work on the machine makes the clock slower, and the load average tells of it.
"""


def figures(name: str, each: Found) -> list[str]:
    """The line of an engine."""
    first, second, size = each["first"], each["second"], each["megabytes"]
    return [
        name,
        *(f"{built[measure]:.1f}" for built in (first, second) for measure in ("wall", "cpu")),
        f"{each['history_cpu']:.1f}",
        *(f"{size[kind]:.0f}" for kind in ("effective_access", "access_history")),
        f"{each['load']:.1f}",
    ]


def slowest(each: Found) -> list[list[str]]:
    """The models and tests of a first build that took longest."""
    ranked = sorted(each["first"]["models"].items(), key=lambda pair: -pair[1])
    return [[f"`{model}`", f"{took:.1f}"] for model, took in ranked[:8]]


def scale_results(found: Found) -> str:
    """The whole text."""
    rows = next(iter(found.values()))["rows"]
    counted = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in rows.items())
    head = ["", "first build, s", "CPU s", "second build, s", "CPU s", "history again, CPU s"]
    head += ["effective access, MB", "access history, MB", "load before"]
    lines = [figures(name, each) for name, each in found.items()]
    parts = [INTRODUCTION.format(cores=os.cpu_count()), f"Rows: {counted}.\n", table(head, lines)]
    for name, each in found.items():
        parts.append(f"## What takes longest on {name}\n\n{table(['', 'seconds'], slowest(each))}")
    return "\n".join(parts)
