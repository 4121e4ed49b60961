"""One loader with the three runs of all taps, and what became of them."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.loaders.case import LoadFailed
from tests.loaders.comparison import Comparison, Difference
from tests.loaders.environments import Lacking, NotInstalled
from tests.warehouse import DELETED_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.loaders.case import Case
    from tests.loaders.destinations import Destination
    from tests.loaders.feed import Feed, Key, Row, Table
    from tests.loaders.services import Services

MARK = "_sdc_deleted_at"


@dataclass
class Removals:
    """Removed rows as a warehouse tells them.

    Attributes:
        expected: How many the company no longer has.
        marked: How many of them are marked, or derived by SQL.
        gone: How many of them are no longer there.
        wrong: How many rows look removed and are not.
    """

    expected: int = 0
    marked: int = 0
    gone: int = 0
    wrong: int = 0

    def __iadd__(self, other: Removals) -> Removals:
        self.expected += other.expected
        self.marked += other.marked
        self.gone += other.gone
        self.wrong += other.wrong
        return self

    @property
    def is_right(self) -> bool:
        return self.marked + self.gone == self.expected and not self.wrong


@dataclass
class Outcome:
    """What became of a loader.

    Attributes:
        problem: Why it did not load; empty if it did.
        untried: Whether that is because this machine lacks something.
        rows: How its rows differ after the first run and after the second, together.
        marks: Removals by marks, or by rows that are gone, after the second run.
        derived: Removals by SQL, from `_sync_id` and `sync_runs`.
        lost: Rows that were live, and look removed by either way after a run that was killed.
        columns: How many columns the loader made, where it was given schemas only.
        no_column: How many it did not make.
    """

    problem: str = ""
    untried: bool = False
    rows: Difference = field(default_factory=Difference)
    marks: Removals = field(default_factory=Removals)
    derived: Removals = field(default_factory=Removals)
    lost: int = 0
    columns: int = 0
    no_column: int = 0
    seconds: float = 0.0

    @property
    def is_sound(self) -> bool:
        """Whether no row is lost or changed, and every removal can be told by one way."""
        told = self.marks.is_right or self.derived.is_right
        wrong = self.marks.wrong + self.derived.wrong + self.lost + self.no_column
        return not self.problem and not self.rows and told and not wrong


def tried(case: Case, feeds: Iterable[Feed], services: Services) -> Outcome:
    """Load all that the taps wrote, and look at it after each run."""
    outcome, began = Outcome(), time.monotonic()
    try:
        command = case.installed()
        destination = case.into(case.name, case.folder(), services)
        began = time.monotonic()
        for feed in feeds:
            trial = _Trial(case, destination, feed)
            (trial.translate if case.schemas_only else trial.run)(command, outcome)
    except (NotInstalled, LoadFailed) as error:
        outcome.problem, outcome.untried = str(error), isinstance(error, Lacking)
    except LookupError as error:
        outcome.problem = f"loaded, but cannot be read: {error}"
    outcome.seconds = time.monotonic() - began
    return outcome


class _Trial:
    """A loader with one tap."""

    def __init__(self, case: Case, destination: Destination, feed: Feed) -> None:
        self.case = case
        self.destination = destination
        self.feed = feed
        self.tables = [table for table in feed.tables.values() if table.rows[1]]
        self.comparisons = {
            table.name: Comparison(
                table, text=destination.text, empty_is_null=destination.empty_is_null
            )
            for table in self.tables
        }

    def translate(self, command: list[str], outcome: Outcome) -> None:
        """Give it the schemas, and look which columns it makes of them."""
        lines = self.feed.runs[0].read_bytes().splitlines(keepends=True)
        schemas = b"".join(line for line in lines if json.loads(line)["type"] == "SCHEMA")
        self._load(command, 0, schemas)
        columns = self.destination.columns(self.feed.schema)
        for table in self.feed.tables.values():
            made = {name.lower() for name in table.schema} & columns.get(table.name, set())
            outcome.columns += len(made)
            outcome.no_column += len(table.schema) - len(made)

    def _load(self, command: list[str], number: int, messages: bytes) -> None:
        try:
            self.case.load(command, self.destination, self.feed.schema, messages)
        except LoadFailed as error:
            raise LoadFailed(f"{self.feed.tap}, run {number + 1}: {error}") from error

    def run(self, command: list[str], outcome: Outcome) -> None:
        """Give it all three runs, and look at its rows after each."""
        self.destination.prepare(self.feed.schema)
        for number, messages in enumerate(self.feed.runs):
            time.sleep(self.destination.pause)
            self._load(command, number, messages.read_bytes())
            rows = self.rows()
            if number < len(self.feed.runs) - 1:
                outcome.rows += self.difference(number, rows)
            if number == 1:
                outcome.marks += self.marks(rows)
                outcome.derived += self.derived()
        outcome.lost += self.lost(rows)

    def rows(self) -> dict[str, list[Row]]:
        """All rows of the destination."""
        queries = [f"select * from {self._named(table)}" for table in self.tables]
        answers = self.destination.query(self.feed.schema, queries)
        return {table.name: rows for table, rows in zip(self.tables, answers, strict=True)}

    def difference(self, number: int, rows: Mapping[str, list[Row]]) -> Difference:
        """How the rows differ from the records of the runs so far."""
        result = Difference()
        for table in self.tables:
            comparison = self.comparisons[table.name]
            so_far = [row for each in table.rows[: number + 1] for row in each.values()]
            wanted = table.rows[number].values()
            found = comparison.difference(rows[table.name], wanted, comparison.keys(so_far))
            found.columns = {f"{table.name}.{name}": how for name, how in found.columns.items()}
            result += found
        return result

    def marks(self, rows: Mapping[str, list[Row]]) -> Removals:
        """What looks removed by marks, or by not being there."""
        result = Removals()
        for table in self.feed.full_tables:
            comparison = self.comparisons[table.name]
            latest, _ = comparison.latest(rows[table.name])
            removed = self._keys(table, table.removed)
            marked = {key for key, row in latest.items() if row.get(MARK)}
            live = comparison.keys(table.rows[1].values())
            absent = removed - latest.keys()
            result += Removals(len(removed), len(marked & removed), len(absent), len(marked & live))
        return result

    def derived(self) -> Removals:
        """What the SQL for any loader says is removed."""
        result = Removals()
        for table, found in self._derived().items():
            removed = self._keys(self.feed.tables[table], self.feed.tables[table].removed)
            result += Removals(len(removed), len(found & removed), wrong=len(found - removed))
        return result

    def lost(self, rows: Mapping[str, list[Row]]) -> int:
        """How many rows that were live look removed now."""
        derived, lost = self._derived(), 0
        for table in self.tables:
            comparison = self.comparisons[table.name]
            latest, _ = comparison.latest(rows[table.name])
            unmarked = {key for key, row in latest.items() if not row.get(MARK)}
            live = comparison.keys(table.rows[1].values())
            lost += len(live - (unmarked - derived.get(table.name, set())))
        return lost

    def _derived(self) -> dict[str, set[Key]]:
        tables = self.feed.full_tables
        queries = [self._sql(table) for table in tables]
        answers = self.destination.query(self.feed.schema, queries)
        return {
            table.name: self.comparisons[table.name].keys(rows)
            for table, rows in zip(tables, answers, strict=True)
        }

    def _sql(self, table: Table) -> str:
        """The SQL for any loader, for a table."""
        quote = self.destination.quote
        key = ", ".join(f"{quote}{name}{quote}" for name in table.key)
        runs = self.destination.table(self.feed.schema, "sync_runs")
        sql = DELETED_ROWS.replace("'users'", f"'{table.name}'")
        sql = sql.replace("from users", f"from {self._named(table)}")
        sql = sql.replace("from sync_runs", f"from {runs}")
        return re.sub(r"\bid\b", key, sql)

    def _named(self, table: Table) -> str:
        return self.destination.table(self.feed.schema, table.name)

    def _keys(self, table: Table, keys: Iterable[Key]) -> set[Key]:
        rows = (dict(zip(table.key, key, strict=True)) for key in keys)
        return self.comparisons[table.name].keys(rows)
