"""What the taps write, once for all loaders: a run, a run after changes, a run that is killed."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from sandbox.company import Company
from sandbox.server import Sandbox
from tests.chaos.changes import KINDS
from tests.chaos.vendors import VENDORS
from tests.in_process import as_before
from tests.running import read_tap
from tests.taps import TAPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.running import Message, Run

Key = tuple[Any, ...]
Row = dict[str, Any]

DIFFICULT = (
    "O'Brien", 'Ann "Q", Jr.', "C:\\new\\table", "\\N", "NULL", "007", "=1+1", " padded ",
    "two\nlines", "tab\there", "Zoë 🦉", "semi;colon, {brace}", "%s :name $1",
)  # fmt: skip
"""Family names that loaders which write SQL or CSV by hand are known to break."""


@dataclass
class Table:
    """A stream of a tap, and what a warehouse must hold of it.

    Attributes:
        schema: The schemas of its columns.
        key: The names of its key's columns.
        rows: What is live after the first run, and after the second.
        removed: Keys that the company no longer has after the second run.
        full: Whether each run reads it whole.
    """

    name: str
    schema: dict[str, Any]
    key: tuple[str, ...]
    rows: list[dict[Key, Row]] = field(default_factory=list)
    removed: set[Key] = field(default_factory=set)
    full: bool = False

    def key_of(self, row: Mapping[str, Any]) -> Key:
        return tuple(row[name] for name in self.key)

    def keyed(self, rows: Iterable[Row]) -> dict[Key, Row]:
        """The rows by their keys; of several with one key, the last."""
        return {self.key_of(row): row for row in rows}


@dataclass
class Feed:
    """What a tap writes in the three runs, and the tables that follow from it.

    Attributes:
        runs: Files of messages; the third run was killed halfway.
    """

    tap: str
    runs: list[Path]
    tables: dict[str, Table]

    @property
    def schema(self) -> str:
        """The target schema, named after the tap."""
        return self.tap.replace("-", "_")

    @property
    def full_tables(self) -> list[Table]:
        """Those whose removals are known."""
        return [table for table in self.tables.values() if table.full and table.rows[1]]


def feeds(folder: Path, taps: Iterable[str] = tuple(TAPS), **settings: Any) -> list[Feed]:
    """Run the taps against a made-up company, with changes after the first run."""
    folder.mkdir(parents=True, exist_ok=True)
    company = made_up()
    with Sandbox(company) as sandbox:
        made = [_Tap(name, sandbox, settings) for name in taps]
        for tap in made:
            tap.run()
        change(company)
        for tap in made:
            tap.run()
            tap.run()
        return [tap.written(folder) for tap in made]


def made_up() -> Company:
    """A company some of whose people have difficult names."""
    company = Company.made_up()
    for person, name in zip(list(company.people.values())[2:], DIFFICULT, strict=False):
        company.rename(person, name)
    return company


def change(company: Company) -> None:
    """What happens between the runs: people come and go, and so does what they may do."""
    chance = Random(1)
    for happen in KINDS.values():
        happen(company, chance)


class _Tap:
    """A tap that is run three times."""

    def __init__(self, name: str, sandbox: Sandbox, settings: Mapping[str, Any]) -> None:
        self.name = name
        self.config = {**sandbox.configs[name], **settings}
        self.vendor = VENDORS[name](sandbox)
        self.runs: list[Run] = []
        self.keys: list[dict[str, set[Key]]] = []

    def run(self) -> None:
        """Run to the end, and note what the company has at that time."""
        state = self.runs[-1].state if self.runs else {}
        with as_before():  # or Ctrl-C would be the tap's, for good
            run = read_tap(TAPS[self.name], self.config, state=state)
        if run.code:
            raise RuntimeError(f"{self.name} failed: {run.log}")
        self.runs.append(run)
        self.keys.append({name: set(self.vendor.rows(name)) for name in self.vendor.tables})

    def written(self, folder: Path) -> Feed:
        """Write the messages into files, those of the third run only to its half."""
        files = []
        for number, run in enumerate(self.runs, 1):
            lines = run.output.split("\n")[:-1]
            kept = lines[: len(lines) // 2] if number == len(self.runs) else lines
            files.append(folder / f"{self.name}-{number}.jsonl")
            files[-1].write_text("\n".join(kept) + "\n")
        return Feed(self.name, files, self._tables())

    def _tables(self) -> dict[str, Table]:
        runs = self.runs[0].records("sync_runs")
        full = {each["stream"] for each in runs if each["mode"] == "full"}
        tables = {}
        for message in self.runs[0].kinds("SCHEMA"):
            table = self._table(message, full=message["stream"] in full)
            tables[table.name] = table
        return tables

    def _table(self, message: Message, *, full: bool) -> Table:
        name = message["stream"]
        table = Table(
            name, message["schema"]["properties"], tuple(message["key_properties"]), full=full
        )
        first, second = (table.keyed(run.records(name)) for run in self.runs[:2])
        table.rows = [first, second if full else {**first, **second}]
        if full and first:
            before, after = (keys[name] for keys in self.keys[:2])
            if (set(first), set(second)) != (before, after):
                raise RuntimeError(f"{self.name}: {name} is not what the company has")
            table.removed = before - after
        return table
