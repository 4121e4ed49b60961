"""The SQL of the docs' pages: the files of `transform/questions`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scripts import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

QUESTIONS = ROOT / "transform" / "questions"


def questions() -> dict[str, str]:
    """What stands between the marks of each file, by the name in the mark."""
    return {
        f"sql {path.parent.name} {path.stem}": f"```sql\n{path.read_text()}```"
        for path in sorted(QUESTIONS.glob("*/*.sql"))
    }


def check_questions(pages: Iterable[str]) -> None:
    """See whether the pages have all questions from files, and each file.

    What makes a role is no question.

    Raises:
        SystemExit: A page has SQL of its own, or a file is in no page.
    """
    text = "\n".join(pages)
    marks = {name: f"<!-- generated: {name} -->\n```sql\n" for name in questions()}
    unused = [name for name, mark in marks.items() if mark not in text]
    if unused:
        raise SystemExit(f"No page has a mark for {', '.join(unused)}")
    asked = len(re.findall(r"^```sql\n(?!create role )", text, re.MULTILINE))
    if asked != sum(text.count(mark) for mark in marks.values()):
        raise SystemExit("SQL in a page belongs into a file of transform/questions, with a mark")
