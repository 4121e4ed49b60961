"""The targets in RESULTS.md, and whether they are reached."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.contenders import CONTENDERS
from benchmarks.report_parts import E2E, Found, paragraph, ratio, table, time_of
from benchmarks.workloads import PER_KEY, SPARE, WORKERS, WORKLOADS, Target, Workload

_TABLE = (
    "The table of keys has 12 bytes a slot, is at most two thirds full and doubles: for a moment "
    "there are two of them."
)
_FANS = ("b-fan-out-500", "b-fan-out-4000")
_ITSELF = "itself"
_EQUAL = """*At equal requests*: as if the other made the second walk too, which our tap needs as
evidence, at the CPU time that it costs the script with two walks.
"""


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
        bound: What can be reached at most.
        equal: What would be reached at equal requests.
    """

    title: str
    against: str
    wanted: str
    got: str
    reached: bool
    reason: str = ""
    bound: str = ""
    equal: str = ""


def bounds(workload: Workload, target: Target, found: Found) -> str:
    """What the target has to be seen against: the least that anyone takes."""
    each = found[workload.key]
    if workload.measure == "wall":
        return f"start-up alone takes {each['empty']['cpu']:.1f} s of CPU"
    if target.at_least < 1 or "minimal" not in each["medians"]:
        return ""
    least = time_of(workload, found, target.against) / time_of(workload, found, "minimal")
    return f"a script that checks nothing reaches {ratio(least)}"


def at_equal_requests(workload: Workload, target: Target, found: Found) -> str:
    """The ratio if the other made our second walk too, as cheaply as the script does."""
    if "minimal2" not in workload.runs or target.against.startswith("minimal"):
        return ""
    names = (target.against, "minimal", "minimal2", "ours")
    other, once, twice, ours = (time_of(workload, found, name) for name in names)
    return ratio((other + twice - once) / ours)


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
        target.reason,
        bounds(workload, target, found),
        at_equal_requests(workload, target, found),
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


def word(reached: bool) -> str:
    return "yes" if reached else "**no**"


def missed(lines: list[Judgement]) -> str:
    """What is not reached, by its reason."""
    by_reason: dict[str, list[str]] = {}
    for each in lines:
        bound = f"; {each.bound}" if each.bound else ""
        text = f"{each.title}, against {each.against}: {each.got}, not {each.wanted}{bound}."
        by_reason.setdefault(each.reason or "Why is not known.", []).append(text)
    parts = []
    for reason, texts in by_reason.items():
        parts.append(paragraph(reason, bullet="- "))
        parts += [paragraph(text, bullet="  - ") for text in texts]
    return "\n".join(parts)


def targets(found: Found) -> str:
    """All targets, how many are reached, and why others are not."""
    lines = judgements(found)
    failed = [each for each in lines if not each.reached]
    head = ["workload", "against", "wanted", "reached", "at equal requests", "so?"]
    told, last = [], ""
    for each in lines:
        title = "" if each.title == last else each.title  # once for all of its targets
        told.append([title, each.against, each.wanted, each.got, each.equal, word(each.reached)])
        last = each.title
    count = f"{len(lines) - len(failed)} of {len(lines)} are reached."
    parts = [f"## Targets\n\n{count}\n", table(head, told), _EQUAL]
    return "\n".join([*parts, *([f"### Missed\n\n{missed(failed)}\n"] if failed else [])])
