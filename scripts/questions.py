"""The questions of the docs: the files of `transform/questions`, in words and in SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from scripts import ROOT
from scripts.subjects import ORDER, subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

QUESTIONS = ROOT / "transform" / "questions"


@dataclass(frozen=True)
class Question:
    """A question to the warehouse.

    Attributes:
        system: The vendor; `identity` for one that every tap's tables answer.
        stream: The stream that it is about, or `completeness` and its like.
        words: The question.
        remark: What else one has to know, or nothing.
        sql: The query.
    """

    system: str
    stream: str
    words: str
    remark: str
    sql: str

    @property
    def subject(self) -> str:
        return subject(self.stream)

    @property
    def code(self) -> str:
        return f"```sql\n{self.sql}```"

    @property
    def answer(self) -> str:
        """Remark and query."""
        return f"{self.remark}\n\n{self.code}" if self.remark else self.code


def question(path: Path) -> Question:
    """The question of a file: a comment, an empty line, and a query.

    Raises:
        SystemExit: The file begins otherwise.
    """
    head, _, sql = path.read_text().partition("\n\n")
    told = re.fullmatch(r"(.+?[?.])( \((.+)\))?", " ".join(line[3:] for line in head.split("\n")))
    if told is None or not all(line.startswith("-- ") for line in head.split("\n")):
        raise SystemExit(f"{path.relative_to(ROOT)} has to begin with its question as a comment")
    stream = path.stem.rpartition("_")[0]
    return Question(path.parent.name, stream, told[1], told[3] or "", sql)


@cache
def all_questions() -> tuple[Question, ...]:
    """All questions, by system and stream."""
    return tuple(question(path) for path in sorted(QUESTIONS.glob("*/*.sql")))


def queries() -> dict[str, str]:
    """The SQL of each file, by the name in its mark."""
    return {
        f"sql {path.parent.name} {path.stem}": question(path).code
        for path in sorted(QUESTIONS.glob("*/*.sql"))
    }


def where_to_ask(schema: str, up: str) -> str:
    """On what the questions of a system run; `up` leads from the page to the repository's root."""
    return (
        f"The queries run on the [staging views]({up}transform/README.md#questions), on PostgreSQL "
        f"and DuckDB:\n\n```sql\n"
        f"set search_path = identity_staging, {schema}    -- PostgreSQL\n"
        f"set search_path = 'identity_staging,{schema}'   -- DuckDB\n```"
    )


def questions_page(systems: Mapping[str, tuple[str, str]]) -> str:
    """All questions on one page, by system and subject.

    Args:
        systems: Of each system, its name for people and where to ask.
    """
    parts = [f"{len(all_questions())} questions, with the SQL that answers them."]
    for system, (label, where) in systems.items():
        parts += [f"## {label}", where]
        own = [each for each in all_questions() if each.system == system]
        for name in ORDER:
            found = [_folded(each) for each in own if each.subject == name]
            parts += [f"### {label}: {name[:1].lower()}{name[1:]}", *found] if found else []
    return "\n\n".join(parts)


def _folded(question: Question) -> str:
    """A question that opens to its answer."""
    page = f"streams/{question.system}/{question.stream}.md"
    link = f"[`{question.stream}`]({page})\n\n" if (ROOT / "docs" / page).exists() else ""
    words = re.sub(r"`(.+?)`", r"<code>\1</code>", question.words)
    return (
        f'<details markdown="1" data-system="{question.system}" data-topic="{question.subject}">\n'
        f"<summary>{words}</summary>\n\n{link}{question.answer}\n\n</details>"
    )


def check_questions(pages: Iterable[str]) -> None:
    """See whether all SQL of some pages comes from files; what makes a role is no question.

    Raises:
        SystemExit: A page has SQL of its own.
    """
    generated = re.compile(r"<!-- generated: .*?<!-- end -->", re.DOTALL)
    for page in pages:
        if re.search(r"^```sql\n(?!create role )", generated.sub("", page), re.MULTILINE):
            raise SystemExit("SQL in a page belongs into a file of transform/questions")
