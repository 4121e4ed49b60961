"""`make bench`: run all workloads and write RESULTS.md with its charts, and SCALE.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from benchmarks.contenders import CONTENDERS, HERE, WORK, environment
from benchmarks.measure import check, interleaved, measured, median, own_peak, served
from benchmarks.report import bars, results
from benchmarks.scale_report import scale_results
from benchmarks.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workloads import Workload

PIPELINE = "g-pipeline"
SCALE = "h-scale"
RESULTS = WORK / "results.json"


def small(workload: Workload) -> Workload:
    """A tenth of a workload, once."""
    scaled = {
        name: number if name in ("latency", "rate") else max(1, int(number / 10))
        for name, number in workload.server.items()
    }
    return replace(workload, server=scaled, runs=dict.fromkeys(workload.runs, 1), ideal=0.0)


def one(workload: Workload) -> dict[str, Any]:
    """The medians of a workload, and what our tap takes when there is nothing to read."""
    print(workload.title, flush=True)
    with served(workload.server) as server:
        found = interleaved(server, workload.runs, workload.what, workload.concurrency)
    medians = {
        name: {**asdict(median(each)), "runs": len(each)} for name, each in found.items() if each
    }
    with served({"users": 0}) as server:
        empty = measured(server, "ours", workload.what, workload.concurrency)
    return {"medians": medians, "empty": asdict(empty)}


def checks() -> None:
    """See once that all of them read what they are measured on; what they compile is kept."""
    for name, what in sorted({(name, w.what) for w in WORKLOADS for name in w.runs}):
        check(name, what)
        print(f"  {CONTENDERS[name].label}: {what} read whole", flush=True)


def about() -> dict[str, Any]:
    """What a reader should know of the machine, and of the smallest peak that can be told."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
        "least_peak": own_peak(),
    }


def measure(only: str, quick: bool, most: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The workloads whose names begin so, each as it is done."""
    for each in WORKLOADS:
        if each.key.startswith(only):
            fewer = replace(each, runs={name: min(n, most) for name, n in each.runs.items()})
            yield each.key, one(small(each) if quick else fewer)
    if PIPELINE.startswith(only):
        # Late, for a child starts with the peak of its parent, which must be small till then.
        from benchmarks.pipeline import pipelines

        yield PIPELINE, pipelines(quick)
    if SCALE.startswith(only):
        from benchmarks.scale import scale

        yield SCALE, scale(quick)


def draw(found: dict[str, Any]) -> None:
    """Draw the charts, in the environment that can."""
    command = [environment("charts"), str(HERE / "charts.py")]
    content = json.dumps(bars(found))
    subprocess.run(command, input=content, text=True, check=True)  # noqa: S603


def write(found: dict[str, Any]) -> None:
    """Write what was measured: SCALE.md needs the access model's figures, RESULTS.md all others."""
    if SCALE in found:
        (HERE / "SCALE.md").write_text(scale_results(found[SCALE]))
        print("benchmarks/SCALE.md is written")
    if {PIPELINE, *(each.key for each in WORKLOADS)} <= found.keys():
        (HERE / "RESULTS.md").write_text(results(found))
        draw(found)
        print("benchmarks/RESULTS.md and its charts are written")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of it, and no results")
    parser.add_argument("--only", default="", help="only workloads whose names begin so")
    parser.add_argument("--runs", type=int, default=9, help="of each contender at most")
    parser.add_argument("--report", action="store_true", help="write the last results once more")
    options = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    if not options.report:
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        kept["about"] = about()
        if not SCALE.startswith(options.only or "-"):
            checks()
        for key, figures in measure(options.only, options.quick, options.runs):
            kept[key] = figures
            if not options.quick:  # What is measured is kept, should the next one fail.
                RESULTS.write_text(json.dumps(kept, indent=1))
        if options.quick:
            return
    write(json.loads(RESULTS.read_text()))


if __name__ == "__main__":
    main()
