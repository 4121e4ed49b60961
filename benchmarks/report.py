"""RESULTS.md, and what its charts show, out of what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.contenders import CONTENDERS, FLOOR
from benchmarks.load_report import gains, load_bars, pipeline
from benchmarks.report_parts import Found, paragraph, ratio, table, time_of
from benchmarks.target_report import targets
from benchmarks.workloads import WORKLOADS

if TYPE_CHECKING:
    from benchmarks.workloads import Workload

_UNITS = {"cpu": "CPU seconds", "wall": "seconds on the clock"}


def introduction(found: Found) -> str:
    """How to read the figures, and where they come from."""
    about = found["about"]
    text = (
        "Written by `make bench`; [README.md](README.md) says how to read and repeat it. Each "
        "figure is the median of interleaved runs, CPU seconds are user and system time of all "
        "processes of a contender, and only ratios hold on another machine. This run: "
        f"{about['machine']}, Python {about['python']}, load average {about['load']:.1f} at the "
        "start"
    )
    text += ", so that other work ran beside it." if about["load"] > 0.5 else "."
    if about["before"]:
        text += f" “Our tap before” is that of commit {about['before']}."
    if about["quick"]:
        text += " **A tenth of the work, once: none of these figures counts.**"
    return f"# Results\n\n{paragraph(text)}\n"


def peak_of(took: Found, found: Found) -> str:
    """A peak, if it can be told."""
    least = found["about"]["least_peak"]
    return f"{took['peak']:.0f}" if took["peak"] > least + 1 else f"< {least + 1:.0f}"


def section(workload: Workload, found: Found) -> str:
    """A workload: who took how long, and the chart."""
    medians, limited = found[workload.key]["medians"], bool(workload.ideal)
    ours = time_of(workload, found, "ours")
    head = ["", "runs", "CPU s", "wall s", "peak MB", "requests", "times ours"]
    if limited:
        head.insert(6, "429s")
    lines = []
    for name, took in medians.items():
        line = [CONTENDERS[name].label, str(took["runs"])]
        line += [f"{took['cpu']:.2f}", f"{took['wall']:.2f}", peak_of(took, found)]
        line += [str(took["requests"])] + ([str(took["refused"])] if limited else [])
        lines.append([*line, ratio(took[workload.measure] / ours)])
    ideal = f"Ideal: {workload.ideal:.1f} s on the clock. " if limited else ""
    unit = f"The last column compares {_UNITS[workload.measure]}. "
    many = f"Requests in flight at most, for those who can: {workload.concurrency}."
    gone = [CONTENDERS[name].label for name in workload.runs if name not in medians]
    lost = f" Gave up: {', '.join(gone)}." if gone else ""
    text = paragraph(f"{workload.note}{ideal}{unit}{many}{lost}")
    chart = f"![{workload.title}]({workload.key}.png)"
    return f"## {workload.title}\n\n{text}\n\n{table(head, lines)}\n{chart}\n"


def results(found: Found) -> str:
    """The whole text."""
    parts = [introduction(found), gains(found), targets(found)]
    parts += [section(each, found) for each in WORKLOADS]
    return "\n".join([*parts, pipeline(found)])


def bars(found: Found) -> list[Found]:
    """What to draw: for each chart its name, title, unit and bars."""
    charts = []
    for each in WORKLOADS:
        drawn = [
            {"label": c.label, "value": time_of(each, found, name), "color": c.color}
            for name in found[each.key]["medians"]
            if (c := CONTENDERS[name])
        ]
        if each.ideal:
            drawn.append({"label": "ideal", "value": each.ideal, "color": FLOOR})
        unit = _UNITS[each.measure]
        charts.append({"name": each.key, "title": each.title, "unit": unit, "bars": drawn})
    return [*charts, *load_bars(found)]
