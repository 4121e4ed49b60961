"""The questions of the documentation, and the warehouses in which they are asked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.warehouse import Database
from scripts.questions import all_questions
from tests.taps import TAPS
from tests.transform.warehouses import TRANSFORM, DuckDB, Postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.questions import Question
    from tests.running import Run
    from tests.transform.warehouses import Warehouse


def questions(tap: str) -> Iterator[Question]:
    """Those about a tap's streams, and those that are for every tap."""
    for each in all_questions():
        if each.system in ("identity", tap.removeprefix("tap-")):
            yield each


def at_a_review(question: Question) -> bool:
    """Whether it is no question, but something to do at a review, for the next one."""
    return question.sql.startswith("create table")


def is_portable(question: Question) -> bool:
    """Whether it is a question for every engine and loader."""
    return not at_a_review(question) and "_sdc_" not in question.sql


@dataclass(frozen=True)
class Staged:
    """A tap's schema in a warehouse, with the staging views of the plain script."""

    tap: str
    warehouse: Warehouse

    @property
    def schema(self) -> str:
        return self.tap.replace("-", "_")

    def load(self, run: Run) -> None:
        self.warehouse.load(self.schema, run)

    def stage(self) -> None:
        """Make the views of this tap, whose tables alone are there."""
        script = (TRANSFORM / "sql" / f"staging_{self.warehouse.target}.sql").read_text()
        others = {tap.replace("-", "_") for tap in TAPS} - {self.schema}
        own = [
            each
            for each in script.split(";\n")
            if not any(f"from {other}." in each for other in others)
        ]
        self.warehouse.execute(";\n".join(own))

    def ask(self, *queries: str) -> list[list[dict[str, Any]]]:
        """The rows of some queries, found as people find tables."""
        path = f"identity_staging,{self.schema}"
        if isinstance(self.warehouse, DuckDB):
            return self.warehouse.queries(f"set search_path = '{path}'", *queries)[1:]
        assert isinstance(self.warehouse, Postgres)
        url = f"{self.warehouse.database.url}&options=-csearch_path%3D{path}"
        inside = replace(self.warehouse, database=Database(url, ""))
        return inside.queries(*queries)


def comparable(rows: list[dict[str, Any]]) -> list[str]:
    """Rows in one order, with values that do not depend on the engine, nor on when it was asked."""
    return sorted(
        json.dumps(
            {name: plain(each) for name, each in row.items() if not name.startswith("_sdc_")},
            sort_keys=True,
        )
        for row in rows
    )


def plain(value: Any) -> Any:
    """A value without what engines make of it in Python, and without how long ago it was."""
    if isinstance(value, timedelta) or (isinstance(value, str) and AGE.match(value)):
        return "some time"
    if isinstance(value, str) and value[:1] in ("[", "{"):
        return json.loads(value)
    if isinstance(value, (float, Decimal)):
        return float(value)
    return str(value) if isinstance(value, datetime) else value


AGE = re.compile(r"(\d+ days?, )?\d+:\d\d:\d\d")
"""A time span as text."""
