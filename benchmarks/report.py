"""RESULTS.md, and what its charts show, out of what was measured."""

from __future__ import annotations

from typing import Any

from benchmarks.contenders import CONTENDERS, OURS
from benchmarks.workloads import PER_KEY, SPARE, WORKERS, WORKLOADS, Target, Workload

Found = dict[str, Any]
Line = list[str]
_UNITS = {"cpu": "CPU seconds", "wall": "seconds on the clock"}

INTRODUCTION = """# Results

Written by `make bench`; [README.md](README.md) says how to read and repeat it. Each figure is the
median of interleaved runs, CPU seconds are user and system time of the one process, and only
ratios hold on another machine. This run: {cores} cores, Python {python}, load average {load} at
the start{shared}.
"""


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


def verdict(reached: bool, *reasons: str) -> str:
    return "yes" if reached else " ".join(["no.", *filter(None, reasons)])


def bounds(workload: Workload, target: Target, found: Found) -> str:
    """What the target has to be seen against: the least that anyone takes."""
    each = found[workload.key]
    if workload.measure == "wall":
        return f"Start-up alone takes {each['empty']['cpu']:.1f} s of CPU."
    if "minimal" not in each["medians"]:
        return ""
    least = time_of(workload, found, target.against) / time_of(workload, found, "minimal")
    return f"A script that checks nothing reaches {ratio(least)}."


def judged(workload: Workload, target: Target, found: Found) -> Line:
    """A target beside what was reached."""
    factor = time_of(workload, found, target.against) / time_of(workload, found, "ours")
    contender = CONTENDERS.get(target.against)
    label = contender.label if contender else "the ideal"
    reached = verdict(factor >= target.at_least, target.reason, bounds(workload, target, found))
    if target.at_least < 1:
        wanted, got = f"within {1 / target.at_least:.1f}x", ratio(1 / factor)
    else:
        less = "less CPU" if workload.measure == "cpu" else "faster"
        wanted, got = f"{target.at_least:g}x {less}", ratio(factor)
    return [workload.title, label, wanted, got, reached]


def judged_memory(workload: Workload, found: Found) -> Line:
    """The peak of our tap, beside that of a run without a row."""
    each = found[workload.key]
    most = each["empty"]["peak"] + workload.server["users"] * PER_KEY / 2**20 + SPARE
    peak = each["medians"]["ours"]["peak"]
    what = f"peak at most {most:.0f} MB (empty {each['empty']['peak']:.0f})"
    return [workload.title, "itself", what, f"{peak:.0f} MB", verdict(peak <= most, _TABLE)]


def judged_growth(found: Found) -> Line:
    """Eight times the organizations take eight times the CPU or less."""
    small, large = (found[key]["medians"]["ours"]["cpu"] for key in _FANS)
    growth = large / small
    return ["(b) from 500 to 4,000", "itself", "linear: 8x CPU", ratio(growth), verdict(growth < 9)]


def judged_refusals(workload: Workload, found: Found) -> Line:
    refused = found[workload.key]["medians"]["ours"]["refused"]
    wanted = f"at most {WORKERS} refusals"
    return [workload.title, "its workers", wanted, str(refused), verdict(refused <= WORKERS)]


_TABLE = (
    "The table of keys has 12 bytes a slot, is at most two thirds full and doubles: for a moment "
    "there are two of them."
)
_FANS = ("b-fan-out-500", "b-fan-out-4000")


def targets(found: Found) -> str:
    """All targets, and whether they are reached."""
    lines = []
    for each in WORKLOADS:
        lines += [judged(each, target, found) for target in each.targets]
        if each.key.endswith("-1m"):
            lines.append(judged_memory(each, found))
        if each.key == _FANS[-1]:
            lines.append(judged_growth(found))
        if each.ideal:
            lines.append(judged_refusals(each, found))
    head = ["workload", "against", "at least", "reached", "so?"]
    return table(head, lines)


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
    text = f"{workload.note}{ideal}{unit}{many}{lost}"
    chart = f"![{workload.title}]({workload.key}.png)"
    return f"## {workload.title}\n\n{text}\n\n{table(head, lines)}\n{chart}\n"


def pipeline(found: Found) -> str:
    """Workload (g)."""
    parts = ["## (g) Through Meltano into PostgreSQL\n"]
    for each in found["g-pipeline"].values():
        rows, lines = each["rows"], []
        for name in ("plain", "ours"):
            alone = each["alone"][name]
            walls = [each["medians"][name]["wall"], alone["tap"], alone["loader"]]
            speeds = [f"{rows / wall:,.0f}" for wall in walls]
            lines.append([CONTENDERS[name].label, f"{walls[0]:.1f}", *speeds])
        head = ["", "`meltano run`, s", "rows per second", "the tap alone", "the loader alone"]
        alone = each["alone"]["ours"]
        word = "the slower" if alone["tap"] > alone["loader"] else "not the slower"
        said = f"Our tap is {word} half."
        parts.append(f"{each['title']}, {rows:,} rows. {said}\n\n{table(head, lines)}")
    parts.append(
        "The loader alone reads what the tap above wrote. The loader flushes at each SCHEMA, of "
        "which singer-sdk's child streams write one for each parent.\n"
    )
    return "\n".join([*parts, "![(g) Through Meltano into PostgreSQL](g-pipeline.png)\n"])


def results(found: Found) -> str:
    """The whole text."""
    about = found["about"]
    shared = ", so that other work ran beside it" if about["load"] > 0.5 else ""
    head = INTRODUCTION.format(**{**about, "load": f"{about['load']:.1f}"}, shared=shared)
    parts = [head, f"## Targets\n\n{targets(found)}"]
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
            drawn.append({"label": "ideal", "value": each.ideal, "color": "#e3c567"})
        unit = _UNITS[each.measure]
        charts.append({"name": each.key, "title": each.title, "unit": unit, "bars": drawn})
    drawn = [
        {
            "label": f"{CONTENDERS[name].label}, {what.replace('_', ' ')}",
            "value": case["rows"] / case["medians"][name]["wall"],
            "color": OURS if name == "ours" else CONTENDERS[name].color,
        }
        for what, case in found["g-pipeline"].items()
        for name in ("ours", "plain")
    ]
    title, unit = "(g) Through Meltano into PostgreSQL", "rows per second; more is better"
    return [*charts, {"name": "g-pipeline", "title": title, "unit": unit, "bars": drawn}]
