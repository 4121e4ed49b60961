"""The table of docs/loaders.md."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.running import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.loaders.case import Case
    from tests.loaders.trial import Outcome, Removals

PAGE = ROOT / "docs/loaders.md"
MARKS = re.compile(r"(<!-- measured: loaders -->\n).*?(<!-- end -->)", re.DOTALL)
PATH = re.compile(r"(?:/[\w.+%-]+){2,}/?")
LONGEST = 200
HEAD = (
    "| loader | settings | rows | removals, marked | removals, by SQL | lost after a killed run "
    "| what does not work, and whose fault it is |\n|---|---|---|---|---|---|---|"
)


def write(found: Sequence[tuple[Case, Outcome]], minutes: float) -> None:
    """Put the table into the page."""
    loaded = [case for case, outcome in found if not (outcome.problem or case.schemas_only)]
    translated = sum(case.schemas_only for case, _ in found)
    loaders = {case.loader for case, _ in found}
    told = (
        f"{len(loaders)} loaders in {len(found)} configurations in {minutes:.0f} minutes, "
        f"of which {len(loaded)} load and {translated} were given schemas only.\n\n"
    )
    lines = "\n".join(line(case, outcome) for case, outcome in found)
    PAGE.write_text(MARKS.sub(lambda m: f"{m[1]}{told}{HEAD}\n{lines}\n{m[2]}", PAGE.read_text()))


def line(case: Case, outcome: Outcome) -> str:
    """A line of the table."""
    cells = [*about(case), *_figures(case, outcome), case.remark]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def about(case: Case) -> list[str]:
    """The cells that tell a case: the loader, and the settings that matter."""
    return [_loader(case), _settings(case)]


def _loader(case: Case) -> str:
    needs = [*case.companions, *([f"Python {case.python}"] if case.python else [])]
    return f"`{case.loader}` {case.version}" + (f", with {', '.join(needs)}" if needs else "")


def _settings(case: Case) -> str:
    own = [f"`{name}: {_value(value)}`" for name, value in case.shown.items()]
    tap = [f"`{name}: {_value(value)}`" for name, value in case.tap.items()]
    return "<br>".join([*own, *([f"the tap's {', '.join(tap)}"] if tap else [])])


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _figures(case: Case, outcome: Outcome) -> list[str]:
    if outcome.problem:
        return [f"does not load: {said(outcome.problem)}", "", "", ""]
    if case.schemas_only:
        wanted = outcome.columns + outcome.no_column
        return [f"schemas only: {outcome.columns} of {wanted} columns are made", "", "", ""]
    marked = _removals(outcome.marks, "marked" if outcome.marks.marked else "gone")
    return [str(outcome.rows), marked, _removals(outcome.derived, "derived"), str(outcome.lost)]


def _removals(found: Removals, how: str) -> str:
    number = found.marked + found.gone
    wrong = f", {found.wrong} wrong" if found.wrong else ""
    if number == found.expected:
        return f"all {number} {how}{wrong}"
    return f"{number} of {found.expected} {how}{wrong}" if number else f"none{wrong}"


def said(problem: str) -> str:
    """What a loader or an installer said, in short and without folders of this machine."""
    reasons = problem.removeprefix("error: ").split(" cause: ")
    text = reasons[0] if "`" in reasons[0] or len(reasons) == 1 else reasons[1]
    text = " ".join(PATH.sub("…/", text).split())
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return f"`{text.replace('`', chr(39))}`"
