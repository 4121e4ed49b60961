"""The short form of `make loaders`: all taps into the loaders that this project installs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.loader import Loader
from tests.loaders import page
from tests.loaders.case import Case, LoadFailed, filled
from tests.loaders.comparison import kinds
from tests.loaders.destinations import Postgres
from tests.loaders.feed import feeds
from tests.loaders.files import Files
from tests.loaders.loaders import CASES, FAST, ONE_JSONL, POSTGRES
from tests.loaders.services import Services
from tests.loaders.trial import tried
from tests.running import ROOT
from tests.taps import TAPS

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.warehouse import Database
    from tests.loaders.destinations import Destination
    from tests.loaders.feed import Feed
    from tests.watched import WatchedWarehouse

OF_A_LOAD = {
    "_sdc_batched_at", "_sdc_deleted_at", "_sdc_received_at", "_sdc_sequence",
    "_sdc_sync_started_at",
}  # fmt: skip
"""Columns that tell when rows were loaded."""


@dataclass(frozen=True)
class Installed(Case):
    """A loader of meltano.yml."""

    base: Any = None

    def folder(self) -> Path:
        folder: Path = self.base
        return folder

    def installed(self) -> list[str]:
        name = self.loader.removeprefix("meltanolabs-")
        return [str(ROOT / f".meltano/loaders/{name}/venv/bin/{name}")]


@dataclass(frozen=True)
class Forked(Installed):
    """target-postgres, loaded once and forked for each run."""

    def load(
        self, command: list[str], destination: Destination, schema: str, messages: bytes
    ) -> None:
        places = {**destination.places, "schema": schema}
        config, source = (self.folder() / f"{schema}.{kind}" for kind in ("json", "messages"))
        config.write_text(json.dumps(filled(self.settings, places)))
        source.write_bytes(messages)
        with source.open("rb") as stream, (self.folder() / "loader.log").open("wb") as log:
            loader = Loader(config, stream, log)
        loader.communicate(timeout=120)
        if loader.returncode:
            raise LoadFailed(f"exit code {loader.returncode}")


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> list[Feed]:
    """What all taps write."""
    return feeds(tmp_path_factory.mktemp("feeds"))


def forked(folder: Path, settings: dict[str, Any], name: str) -> Forked:
    return Forked("meltanolabs-target-postgres", "", Postgres, settings, label=name, base=folder)


def test_postgres(fed: list[Feed], warehouse: WatchedWarehouse, tmp_path: Path) -> None:
    case = forked(tmp_path, FAST, tmp_path.name)
    outcome = tried(case, fed, Services(tmp_path, warehouse))
    assert (outcome.problem, outcome.rows.columns) == ("", {})
    assert outcome.is_sound
    assert outcome.marks.marked == outcome.derived.marked == outcome.marks.expected > 0


def test_jsonl(fed: list[Feed], tmp_path: Path) -> None:
    settings = {"destination_path": "{folder}/{schema}", "do_timestamp_file": False}
    into = partial(Files, ONE_JSONL)
    outcome = tried(
        Installed("target-jsonl", "", into, settings, base=tmp_path), fed, Services(tmp_path)
    )
    assert (outcome.problem, outcome.rows.columns) == ("", {})
    assert outcome.is_sound
    assert outcome.derived.marked == outcome.derived.expected > 0


@pytest.mark.parametrize("tap", TAPS)
def test_tables_are_the_same_with_copy(
    fed: list[Feed], warehouse: WatchedWarehouse, tmp_path: Path, tap: str
) -> None:
    """`use_copy: true` and `validate_records: false` change no table, column, type or row."""
    feed = next(each for each in fed if each.tap == tap)
    slow, fast = (
        loaded(forked(tmp_path, settings, f"{tmp_path.name}_{len(settings)}"), feed, warehouse)
        for settings in (POSTGRES, FAST)
    )
    assert columns(slow, feed.schema) == columns(fast, feed.schema)
    for table in feed.tables:
        rows = contents(slow, feed.schema, table)
        assert rows == contents(fast, feed.schema, table), table
        assert rows or not feed.tables[table].rows[1]


def loaded(case: Forked, feed: Feed, warehouse: WatchedWarehouse) -> Database:
    """A database with two runs."""
    destination = Postgres(case.name, case.folder(), Services(case.folder(), warehouse))
    for messages in feed.runs[:2]:
        case.load([], destination, feed.schema, messages.read_bytes())
    return destination.database


def columns(database: Database, schema: str) -> list[dict[str, Any]]:
    """All columns of all tables, with their types."""
    return database.query(
        "select table_name, column_name, data_type, is_nullable from information_schema.columns"
        " where table_schema = %(schema)s order by 1, 2",
        schema=schema,
    )


def contents(database: Database, schema: str, table: str) -> list[str]:
    """The rows of a table, without the times at which they were loaded."""
    rows = database.query(
        f'select to_jsonb(t) as row, _sdc_deleted_at is null as live from {schema}."{table}" t'
    )
    return sorted(
        json.dumps([row["live"], {k: v for k, v in row["row"].items() if k not in OF_A_LOAD}])
        for row in rows
    )


def test_flattened_columns_are_plain(tmp_path: Path) -> None:
    """With a depth of 1 no column is an object or a list, which Parquet and CSV loaders break."""
    for feed in feeds(tmp_path, flattening_enabled=True, flattening_max_depth=1):
        for table in feed.tables.values():
            nested = [
                name
                for name, column in table.schema.items()
                if {"object", "array"} & set(kinds(column))
            ]
            assert nested == [], f"{feed.tap}: {table.name}"


def test_the_page_has_a_line_for_each_case() -> None:
    lines = [line.split(" | ") for line in page.PAGE.read_text().splitlines()]
    told = [[cell.removeprefix("| ") for cell in line[:2]] for line in lines if len(line) == 7]
    assert told[1:] == [page.about(case) for case in CASES]
