"""The targets in RESULTS.md, and whether they are reached."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.contenders import CONTENDERS
from benchmarks.report_parts import E2E, Found, ratio, table, time_of
from benchmarks.workloads import PER_KEY, SPARE, WORKERS, WORKLOADS, Target, Workload

_TABLE = (
    "The table of keys has 12 bytes a slot, is at most two thirds full and doubles: for a moment "
    "there are two of them."
)
_FANS = ("b-fan-out-500", "b-fan-out-4000")
_ITSELF = "itself"


@dataclass(frozen=True)
class Judgement:
    """A target beside what was reached.

    Attributes:
        title: The workload.
        against: Who is compared with.
        wanted: What is to be reached.
        got: What was reached.
        reached: Whether that is enough.
        reason: Why it may not be.
    """

    title: str
    against: str
    wanted: str
    got: str
    reached: bool
    reason: str = ""


def bounds(workload: Workload, target: Target, found: Found) -> str:
    """What the target has to be seen against: the least that anyone takes."""
    each = found[workload.key]
    if workload.measure == "wall":
        return f"Start-up alone takes {each['empty']['cpu']:.1f} s of CPU."
    if target.at_least < 1 or "minimal" not in each["medians"]:
        return ""
    least = time_of(workload, found, target.against) / time_of(workload, found, "minimal")
    return f"A script that checks nothing reaches {ratio(least)}."


def judged(workload: Workload, target: Target, found: Found) -> Judgement:
    """A target against another contender."""
    factor = time_of(workload, found, target.against) / time_of(workload, found, "ours")
    contender = CONTENDERS.get(target.against)
    if target.at_least < 1:
        wanted, got = f"within {1 / target.at_least:.3g}x", ratio(1 / factor)
    else:
        less = "less CPU" if workload.measure == "cpu" else "faster"
        wanted, got = f"{target.at_least:g}x {less}", ratio(factor)
    return Judgement(
        workload.title,
        contender.label if contender else "the ideal",
        wanted,
        got,
        factor >= target.at_least,
        f"{target.reason} {bounds(workload, target, found)}".strip(),
    )


def judged_memory(workload: Workload, found: Found) -> Judgement:
    """The peak of our tap, beside that of a run without a row."""
    each = found[workload.key]
    most = each["empty"]["peak"] + workload.server["users"] * PER_KEY / 2**20 + SPARE
    peak = each["medians"]["ours"]["peak"]
    wanted = f"peak at most {most:.0f} MB (empty {each['empty']['peak']:.0f})"
    return Judgement(workload.title, _ITSELF, wanted, f"{peak:.0f} MB", peak <= most, _TABLE)


def judged_growth(found: Found) -> Judgement:
    """Eight times the organizations take eight times the CPU or less."""
    small, large = (found[key]["medians"]["ours"]["cpu"] for key in _FANS)
    growth = large / small
    wanted = "linear: 8x CPU"
    return Judgement("(b) from 500 to 4,000", _ITSELF, wanted, ratio(growth), growth < 9)


def judged_refusals(workload: Workload, found: Found) -> Judgement:
    refused = found[workload.key]["medians"]["ours"]["refused"]
    wanted = f"at most {WORKERS} refusals"
    return Judgement(workload.title, "its workers", wanted, str(refused), refused <= WORKERS)


def judged_end_to_end(found: Found) -> list[Judgement]:
    """Less CPU, and less time, than dlt."""
    each = found[E2E]
    title = f"(e) {each['rows']:,} users into PostgreSQL"
    ours, dlt = (each["medians"][name] for name in ("ours-recommended", "dlt"))
    return [
        Judgement(title, "dlt with COPY", word, ratio(dlt[key] / ours[key]), ours[key] < dlt[key])
        for word, key in (("less CPU", "cpu"), ("less time", "wall"))
    ]


def judgements(found: Found) -> list[Judgement]:
    """All targets against those who were measured."""
    lines = judged_end_to_end(found)
    for each in WORKLOADS:
        there = {*found[each.key]["medians"], "ideal"}
        lines += [judged(each, target, found) for target in each.targets if target.against in there]
        if each.key.endswith("-1m"):
            lines.append(judged_memory(each, found))
        if each.key == _FANS[-1]:
            lines.append(judged_growth(found))
        if each.ideal:
            lines.append(judged_refusals(each, found))
    return lines


def targets(found: Found) -> str:
    """All targets, how many are reached, and why others are not."""
    lines = judgements(found)
    missed = [each for each in lines if not each.reached]
    head = ["workload", "against", "at least", "reached", "so?"]
    told = [
        [each.title, each.against, each.wanted, each.got, "yes" if each.reached else "**no**"]
        for each in lines
    ]
    parts = [f"## Targets\n\n{len(lines) - len(missed)} of {len(lines)} are reached.\n"]
    parts.append(table(head, told))
    if missed:
        parts.append("### Missed\n")
        parts += [
            f"- {each.title}, against {each.against}: {each.got}, not {each.wanted}. {each.reason}"
            for each in missed
        ]
        parts.append("")
    return "\n".join(parts)
