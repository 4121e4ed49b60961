"""What a user gains, in RESULTS.md: workloads (e) and (g), which end in PostgreSQL."""

from __future__ import annotations

from benchmarks.contenders import CONTENDERS
from benchmarks.report_parts import E2E, PIPELINE, Found, paragraph, ratio, table

_READ = {
    "a-cursor-100k": "100,000 users",
    "a-cursor-1m": "1,000,000 users",
    "b-fan-out-4000": "4,000 organizations and their members",
}
E2E_TITLE = "From the API into PostgreSQL"
PIPELINE_TITLE = "(g) Through Meltano into PostgreSQL"


def label(name: str) -> str:
    """A tap with the settings of its loader, or dlt."""
    tap, _, settings = name.partition("-")
    if not settings:
        return "dlt with COPY"
    return f"{CONTENDERS[tap].label}, {settings} settings"


def color(name: str) -> str:
    return CONTENDERS[name.partition("-")[0]].color


def speed(each: Found, name: str) -> float:
    """Rows per second on the clock."""
    return float(each["rows"] / each["medians"][name]["wall"])


def gains(found: Found) -> str:
    """What a user gains."""
    each = found[E2E]
    medians, ours = each["medians"], each["medians"]["ours-recommended"]
    fast = speed(each, "ours-recommended")
    times = {name: ratio(fast / speed(each, name)) for name in medians}
    lines = [
        [
            label(name),
            str(took["runs"]),
            f"{speed(each, name):,.0f}",
            f"{took['wall']:.1f}",
            f"{took['cpu']:.1f}",
            ratio(took["cpu"] / ours["cpu"]),
        ]
        for name, took in medians.items()
    ]
    head = ["", "runs", "rows per second", "wall s", "CPU s", "CPU, times ours"]
    gained = (
        f"**From the API into PostgreSQL our tap loads {fast:,.0f} rows per second** with the "
        "[settings that we recommend](../docs/loaders.md#what-to-use) for target-postgres: "
        f"{times['plain-default']} as many as a plain singer-sdk tap with the loader's default "
        f"settings, {times['plain-recommended']} as many as that with the recommended ones, and "
        f"{times['dlt']} as many as dlt with COPY."
    )
    how = (
        f"(e) {each['rows']:,} users, and the same {each['columns']} columns for all. After each "
        "run the table is compared with the API, in every row, value and type. CPU is that of tap "
        "and loader, or of dlt; PostgreSQL's own is not counted."
    )
    parts = ["## What you gain", paragraph(gained), table(head, lines), paragraph(how)]
    parts += [f"![{E2E_TITLE}]({E2E}.png)", f"{through_meltano(found)}\n{reading(found)}\n"]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def through_meltano(found: Found) -> str:
    """One sentence on (g)."""
    each = found[PIPELINE]["users"]
    fast, slow = (f"{speed(each, name):,.0f}" for name in ("ours-recommended", "plain-default"))
    text = (
        f"**Through `meltano run`**: {fast} rows per second, against {slow} of the plain tap with "
        "the loader's default settings ([g](#g-through-meltano-into-postgresql))."
    )
    return paragraph(text, bullet="- ")


def reading(found: Found) -> str:
    """One sentence on reading alone."""
    less = []
    for key, title in _READ.items():
        medians = found[key]["medians"]
        less.append(f"{ratio(medians['plain']['cpu'] / medians['ours']['cpu'])} for {title}")
    listed = f"{', '.join(less[:-1])} and {less[-1]}"
    return paragraph(
        f"**Reading alone** takes less CPU than with the plain tap: {listed}.", bullet="- "
    )


def pipeline(found: Found) -> str:
    """Workload (g)."""
    parts = [f"## {PIPELINE_TITLE}\n"]
    for each in found[PIPELINE].values():
        rows, lines = each["rows"], []
        for name, took in each["medians"].items():
            alone = each["alone"][name]
            speeds = [f"{rows / wall:,.0f}" for wall in (took["wall"], *alone.values())]
            lines.append([label(name), f"{took['wall']:.1f}", *speeds])
        head = ["", "`meltano run`, s", "rows per second", "the tap alone", "the loader alone"]
        alone = each["alone"]["ours-recommended"]
        word = "the slower" if alone["tap"] > alone["loader"] else "not the slower"
        parts.append(
            f"{each['title']}, {rows:,} rows. Our tap is {word} half.\n\n{table(head, lines)}"
        )
    parts.append(
        "The loader alone reads what the tap above wrote. The loader flushes at each SCHEMA, of "
        "which singer-sdk's child streams write one for each parent.\n"
    )
    return "\n".join([*parts, f"![{PIPELINE_TITLE}]({PIPELINE}.png)\n"])


def chart(key: str, title: str, bars: list[Found]) -> Found:
    return {"name": key, "title": title, "unit": "rows per second; more is better", "bars": bars}


def load_bars(found: Found) -> list[Found]:
    """What to draw of (e) and (g)."""
    direct = [
        {"label": label(name), "value": speed(found[E2E], name), "color": color(name)}
        for name in found[E2E]["medians"]
    ]
    meltano = [
        {"label": f"{label(name)}: {what}", "value": speed(case, name), "color": color(name)}
        for what, case in found[PIPELINE].items()
        for name in case["medians"]
    ]
    return [chart(E2E, E2E_TITLE, direct), chart(PIPELINE, PIPELINE_TITLE, meltano)]
