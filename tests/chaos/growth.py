"""`make fuzz ARGS=--growth`: default runs against a company that grows all the time.

What each tap says is compared with the company itself. The figures go into docs/faults.md.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.company import Company
from sandbox.made_up import Size
from tests.chaos.evidence_faults import growing
from tests.chaos.faults import ChaosFault
from tests.chaos.trial import Trial
from tests.chaos.vendors import VENDORS
from tests.running import spawn_tap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.running import Run

PAGE = Path(__file__).parents[2] / "docs/faults.md"
MARKS = re.compile(r"(<!-- measured: growth -->\n)(.*?)(<!-- end -->)", re.DOTALL)
ORGANIZATIONS, PEOPLE, GROUPS = 60, 450, 60
LEAST = 0.95
"""Of the runs of each tap, how many are to be complete."""


@dataclass(frozen=True)
class Result:
    """What came of one run.

    Attributes:
        lost: Streams that are called complete and lack rows that were there all the time.
        incomplete: Why others are not complete.
        problems: What else should not be so.
    """

    tap: str
    seed: int
    seconds: float
    changes: int
    requests: int
    lost: dict[str, int]
    incomplete: dict[str, str]
    problems: tuple[str, ...]


class DefaultTrial(Trial):
    """The tap in a process of its own, with no setting but the connection."""

    only_grows = True

    def read(self, config: dict[str, Any]) -> Run:
        tap = self.vendor.tap
        with tempfile.TemporaryDirectory() as folder:
            return spawn_tap(Path(folder), self.sandbox.configs[tap], tap=tap)


def result(tap: str, seed: int) -> Result:
    """One run against a company of its own."""
    size = Size(organizations=ORGANIZATIONS, memberships=1000, sign_ins=300)
    company = Company.made_up(PEOPLE, GROUPS, 2 * PEOPLE, seed=seed, size=size)
    with DefaultTrial(tap, company, seed) as trial:
        began = time.monotonic()
        outcome = trial.run(ChaosFault("growth", growing()))
        lost = {table: len(keys) for table, keys in outcome.lost.items()}
        return Result(
            tap, seed, time.monotonic() - began, outcome.delivered,
            len(trial.vendor.faulty.requests), lost, outcome.incomplete, tuple(outcome.problems),
        )  # fmt: skip


HEAD = """\
| tap | runs | of them complete | silent losses | seconds | changes | not complete |
|---|---|---|---|---|---|---|"""


def table(results: Sequence[Result], before: str = "") -> str:
    """The table of the page; taps that were not measured keep the figures they had `before`."""
    kept = {line.split("|")[1].strip(): line for line in before.splitlines()[2:]}
    for tap in sorted({each.tap for each in results}):
        own = [each for each in results if each.tap == tap]
        streams = Counter(stream for each in own for stream in each.incomplete)
        named = ", ".join(f"`{name}` {n}" for name, n in streams.most_common()) or "none"
        complete = sum(not each.incomplete for each in own)
        figures = (len(own), complete, sum(map(_lost, own)), *map(_mean, _measured(own)))
        kept[tap] = f"| {tap} | {' | '.join(map(str, figures))} | {named} |"
    return "\n".join([HEAD, *(kept[tap] for tap in sorted(VENDORS) if tap in kept)])


def _lost(each: Result) -> int:
    return len(each.lost)


def _measured(own: Sequence[Result]) -> tuple[list[float], list[float]]:
    return [each.seconds for each in own], [float(each.changes) for each in own]


def _mean(values: Sequence[float]) -> int:
    return round(sum(values) / len(values))


def write(results: Sequence[Result]) -> None:
    """Put the figures into the page."""
    page = PAGE.read_text()
    PAGE.write_text(MARKS.sub(lambda m: f"{m[1]}{table(results, m[2])}\n{m[3]}", page))


def measure(taps: Sequence[str], runs: int, processes: int) -> bool:
    """Run each tap so often; return whether nothing was lost, and enough runs were complete."""
    found: list[Result] = []
    with ProcessPoolExecutor(processes) as pool:
        jobs = [pool.submit(result, tap, seed) for seed in range(1, runs + 1) for tap in taps]
        for done in as_completed(jobs):
            found.append(each := done.result())
            print(
                f"{each.tap} {each.seed}: {each.seconds:.1f} s, {each.changes} changes, "
                f"{each.requests} requests; {'; '.join(each.problems) or 'nothing lost'}",
                *(f"\n    {name} {why}" for name, why in each.incomplete.items()),
                flush=True,
            )
    write(found)
    print(table(found))
    complete = Counter(each.tap for each in found if not each.incomplete)
    enough = all(complete[tap] >= LEAST * runs for tap in taps)
    return enough and not any(each.problems for each in found)
