"""`make fuzz`: every fault injected into every tap, again and again.

Each pair of fault and tap is a complete run into PostgreSQL, changes of the company, a run
that is disturbed, and one that is not. The figures go into docs/faults.md.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.warehouse import Warehouse
from tests.chaos import growth
from tests.chaos.faults import BY_NAME, FAULTS
from tests.chaos.scenario import Scenario
from tests.chaos.vendors import VENDORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.scenario import ScenarioReport

PAGE = Path(__file__).parents[2] / "docs/faults.md"
MARKS = re.compile(r"(<!-- measured: faults -->\n).*?(<!-- end -->)", re.DOTALL)
KILLED = "SIGKILL"
KILLS_PER_SCENARIO = 5
"""Killed runs in a row before one that is not disturbed."""


@dataclass(frozen=True)
class Job:
    """A tap with all faults once, or (`kills`) killed so often."""

    tap: str
    seed: int
    kills: int = 0


@dataclass(frozen=True)
class Result:
    """What came of one fault: a disturbed run, or its sequel."""

    tap: str
    fault: str
    runs: int
    passed: int
    lost: int
    false_removals: int
    problems: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        return not (self.lost or self.false_removals or self.problems)


def results(job: Job) -> list[Result]:
    """Do a job, in a PostgreSQL of its own."""
    with tempfile.TemporaryDirectory() as folder:
        found: list[Result] = []
        with Warehouse(Path(folder) / "postgres") as warehouse:
            for result in _scenarios(job, Path(folder), warehouse):
                found.append(result)
                flaws = f": {'; '.join(result.problems)}" if result.problems else ""
                print(f"{job.tap} {job.seed}: {result.fault}{flaws}", flush=True)
        return found


def _scenarios(job: Job, folder: Path, warehouse: Warehouse) -> Iterator[Result]:
    faults = [fault for fault in FAULTS if job.tap in fault.taps and fault.name != KILLED]
    if job.kills:
        faults = [BY_NAME[KILLED]] * job.kills
    most = 2 * len(faults)
    scenario: Scenario | None = None
    for number, fault in enumerate(faults):  # grows while it is walked
        if scenario is None:
            name = f"{job.tap}_{number}".replace("-", "_")
            scenario = Scenario(folder / name, warehouse.database(name), job.tap, job.seed)
            yield _result(job, "none", scenario.undisturbed())
        reports = [scenario.disturbed(fault)]
        if not job.kills or number % KILLS_PER_SCENARIO == KILLS_PER_SCENARIO - 1:
            reports.append(scenario.undisturbed())
        yield _result(job, fault.name, *reports)
        if not reports[0].delivered and len(faults) < most:
            faults.append(fault)  # It was due after the run's end; it is to happen.
        if any(report.problems for report in reports):  # The next one is to start afresh.
            scenario.close()
            scenario = None
    if scenario is not None:
        if job.kills:  # Also what the last few left is compared with the company.
            yield _result(job, "none", scenario.undisturbed())
        scenario.close()


def _result(job: Job, fault: str, *reports: ScenarioReport) -> Result:
    disturbed = reports[0]
    struck = bool(disturbed.delivered)
    return Result(
        job.tap, fault, int(struck), int(struck and disturbed.code == 0),
        sum(each.lost for each in reports),
        sum(each.false_removals for each in reports),
        tuple(problem for each in reports for problem in each.problems),
    )  # fmt: skip


def table(found: list[Result]) -> str:
    """The table of the page."""
    lines = [
        "| fault | runs | of them complete | rows lost | false removals | other flaws |",
        "|---|---|---|---|---|---|",
    ]
    names = [fault.name for fault in FAULTS]
    for name in names:
        own = [result for result in found if result.fault == name]
        lines.append(_line(name, own))
    lines.append(_line("**all**", [result for result in found if result.fault in names]))
    return "\n".join(lines)


def _line(name: str, own: list[Result]) -> str:
    other = sum(bool(each.problems) and not each.lost + each.false_removals for each in own)
    figures = (
        sum(each.runs for each in own), sum(each.passed for each in own),
        sum(each.lost for each in own), sum(each.false_removals for each in own), other,
    )  # fmt: skip
    return f"| {name} | {' | '.join(map(str, figures))} |"


def write(found: list[Result], minutes: float) -> None:
    """Put the figures so far into the page."""
    struck = [result for result in found if result.runs]
    rounds = Counter((each.fault, each.tap) for each in struck if each.fault != KILLED)
    kills = Counter(each.tap for each in struck if each.fault == KILLED)
    told = (
        f"{len(struck)} disturbed runs in {minutes:.0f} minutes: {len(rounds)} pairs of fault and "
        f"tap, each {_span(rounds)}, and kill -9 of {len(kills)} taps, each {_span(kills)}.\n\n"
    )
    page = PAGE.read_text()
    PAGE.write_text(MARKS.sub(lambda m: f"{m[1]}{told}{table(found)}\n{m[2]}", page))


def _span(counted: Counter[Any]) -> str:
    """How often each of some things happened."""
    least, most = min(counted.values(), default=0), max(counted.values(), default=0)
    times = f"{least} to {most} times" if least < most else f"{most} times"
    return "once" if least == most == 1 else times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=3, help="rounds with each tap")
    parser.add_argument("--kills", type=int, default=25, help="kill -9 of each tap")
    parser.add_argument("--taps", nargs="+", default=sorted(VENDORS))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--growth", action="store_true", help="measure growth, and nothing else")
    parser.add_argument("--runs", type=int, default=20, help="of each tap, with --growth")
    asked = parser.parse_args()
    if asked.growth:
        sys.exit(not growth.measure(asked.taps, asked.runs, asked.processes))
    jobs = [Job(tap, seed) for seed in range(1, asked.seeds + 1) for tap in asked.taps]
    jobs += [Job(tap, 0, asked.kills) for tap in asked.taps if asked.kills]
    began, found = time.monotonic(), list[Result]()
    with ProcessPoolExecutor(asked.processes) as pool:
        for done in as_completed([pool.submit(results, job) for job in jobs]):
            found += done.result()
            write(found, (time.monotonic() - began) / 60)
    wrong = [result for result in found if not result.is_right]
    for result in wrong:
        print(f"{result.tap}, {result.fault}: {'; '.join(result.problems)}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
