"""`make bench`: run all workloads and write RESULTS.md with its charts, and SCALE.md."""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import shutil
import subprocess
import tarfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contenders import BEFORE, CONTENDERS, HERE, WORK, environment
from benchmarks.measure import check, interleaved, measured, median, own_peak, served
from benchmarks.report import bars, results
from benchmarks.report_parts import E2E, PIPELINE
from benchmarks.scale_report import scale_results
from benchmarks.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workloads import Workload

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


def checks(workloads: list[Workload]) -> None:
    """See once that all of them read what they are measured on; what they compile is kept."""
    for name, what in sorted({(name, w.what) for w in workloads for name in w.runs}):
        check(name, what)
        print(f"  {CONTENDERS[name].label}: {what} read whole", flush=True)


def machine() -> str:
    """What this runs on."""
    info = Path("/proc/cpuinfo")  # of Linux
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = models[0] if models else platform.processor() or platform.machine()
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GB, {platform.system()}"


def about(options: argparse.Namespace) -> dict[str, Any]:
    """What a reader should know of the machine, and of the smallest peak that can be told."""
    return {
        "machine": machine(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
        "least_peak": own_peak(),
        "before": options.before,
        "quick": options.quick,
    }


def check_out(commit: str) -> None:
    """Lay down the taps of an earlier commit."""
    shutil.rmtree(BEFORE, ignore_errors=True)
    command = ["git", "-C", str(HERE.parent), "archive", commit]
    archive = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(BEFORE, filter="data")


def chosen(options: argparse.Namespace) -> list[Workload]:
    """The workloads as they are to be run: fewer, smaller, or beside an earlier commit."""
    found = []
    for each in WORKLOADS:
        if not each.key.startswith(options.only):
            continue
        runs = {name: min(number, options.runs) for name, number in each.runs.items()}
        if options.before:
            runs["before"] = runs["ours"]
        workload = replace(each, runs=runs)
        found.append(small(workload) if options.quick else workload)
    return found


def measure(
    workloads: list[Workload], options: argparse.Namespace
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The workloads, each as it is done."""
    for each in workloads:
        yield each.key, one(each)
    # Late, for a child starts with the peak of its parent, which must be small till then.
    if E2E.startswith(options.only):
        from benchmarks.end_to_end import end_to_end

        yield E2E, end_to_end(options.quick, options.runs)
    if PIPELINE.startswith(options.only):
        from benchmarks.pipeline import pipelines

        yield PIPELINE, pipelines(options.quick, options.runs)
    if SCALE.startswith(options.only):
        from benchmarks.scale import scale

        yield SCALE, scale(options.quick)


def draw(found: dict[str, Any], folder: Path) -> None:
    """Draw the charts, in the environment that can."""
    command = [environment("charts"), str(HERE / "charts.py"), str(folder)]
    content = json.dumps(bars(found))
    subprocess.run(command, input=content, text=True, check=True)  # noqa: S603


def write(found: dict[str, Any], folder: Path) -> None:
    """Write what was measured: SCALE.md needs the access model's figures, RESULTS.md all others."""
    folder.mkdir(exist_ok=True)
    if SCALE in found:
        (folder / "SCALE.md").write_text(scale_results(found[SCALE]))
        print(f"{folder / 'SCALE.md'} is written")
    if {E2E, PIPELINE, *(each.key for each in WORKLOADS)} <= found.keys():
        (folder / "RESULTS.md").write_text(results(found))
        draw(found, folder)
        print(f"{folder / 'RESULTS.md'} and its charts are written")


def run_all(options: argparse.Namespace) -> dict[str, Any]:
    """Measure what was asked for; unless in a hurry, keep it with what was measured before."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() and not options.quick else {}
    kept["about"] = about(options)
    if options.before:
        check_out(options.before)
    workloads = chosen(options)
    checks(workloads)
    for key, figures in measure(workloads, options):
        kept[key] = figures
        if not options.quick:  # What is measured is kept, should the next one fail.
            RESULTS.write_text(json.dumps(kept, indent=1))
    return kept


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of it, into .work/quick")
    parser.add_argument("--only", default="", help="only workloads whose names begin so")
    parser.add_argument("--runs", type=int, default=9, help="of each contender at most")
    parser.add_argument("--before", default="", help="a commit to measure the taps of, too")
    parser.add_argument("--report", action="store_true", help="write the last results once more")
    options = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    found = json.loads(RESULTS.read_text()) if options.report else run_all(options)
    write(found, WORK / "quick" if options.quick else HERE)


if __name__ == "__main__":
    main()
