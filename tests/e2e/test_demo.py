"""`make demo` does what it says, and says what it did."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from sandbox.warehouse import Warehouse
from scripts.demo_progress import Progress
from scripts.demo_queries import TABLES
from scripts.demo_removals import grouped
from tests.e2e.readme import block
from tests.running import ROOT
from tests.taps import TAPS

if TYPE_CHECKING:
    from pathlib import Path

ASSUMED_READY = ("--assume-old=.venv/ready", "--assume-old=.meltano/ready")
"""Lest make installs anew what this test runs in."""


def removed_rows(folder: Path) -> dict[str, int]:
    """How many rows are marked as deleted in the database of a demo, by schema."""
    tables = "select table_name as name from information_schema.columns where "
    tables += "column_name = '_sdc_deleted_at' and table_schema = %(schema)s"
    count = "select count(_sdc_deleted_at) as removed from {}.{}"
    with Warehouse(folder / "postgres") as warehouse:
        database = warehouse.database()
        return {
            schema: sum(
                database.query(count.format(schema, table["name"]))[0]["removed"]
                for table in database.query(tables, schema=schema)
            )
            for schema in TABLES
        }


def without_make() -> dict[str, str]:
    """The environment, without what `make test` itself was called with."""
    return {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}


def test_the_demo_shows_every_removal_and_each_stream_that_is_not_complete(tmp_path: Path) -> None:
    """As the README starts it, in another folder."""
    command = block("make demo").split()
    done = subprocess.run(
        [*command, *ASSUMED_READY, f"ARGS=--folder {tmp_path}/demo"],
        cwd=ROOT,
        env={**without_make(), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    said = done.stdout
    assert done.returncode == 0, done.stderr + said
    removed = removed_rows(tmp_path / "demo")
    assert min(removed.values()) > 0
    assert f"{sum(removed.values())} rows are marked as deleted" in said
    for schema, rows in removed.items():
        assert f"  {schema}: {rows}\n" in said
    for tap, streams in TAPS.items():
        default = sum(not stream.opt_in for stream in streams.stream_types)
        assert len(re.findall(rf"{tap}: \d+ of {default} streams complete, \d+ rows", said)) == 2
    assert said.count("tap_zitadel.groups is unsupported: the server does not have it") == 2
    assert "TAP_LOGTO_BASE_URL" in said
    assert "INSERT" not in said


def test_progress_is_told_by_stream_and_rows() -> None:
    log = [
        "Meltano 4.4.1",
        '{"event": "started", "string_id": "tap-x", "producer": true}',
        '{"event": "METRIC", "string_id": "tap-x", "producer": true, "metric_info": '
        '{"metric": "record_count", "value": 7, "tags": {"stream": "users"}}}',
        '{"event": "Inserting with SQL", "string_id": "target-x", "producer": false}',
        '{"event": "users: complete, 7 rows, 2 requests", "string_id": "tap-x", "producer": true}',
        '{"event": "Block run completed"}',
        '{"event": "started", "string_id": "tap-y", "producer": true}',
    ]
    heard = [(tap.current, tap.summary, ended) for tap, ended in Progress(log)]
    assert [current for current, _, ended in heard if not ended] == [
        "tap-x", "tap-x, users: 7 rows", "tap-x, users: 7 rows", "tap-y",
    ]  # fmt: skip
    assert [summary for _, summary, ended in heard if ended] == [
        "tap-x: 1 of 1 streams complete, 7 rows, 2 requests"
    ]


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([("Ada",)], ["Ada"]),
        ([("Ada", "Team 1"), ("Ada", "Team 2")], ["Ada: Team 1, Team 2"]),
        ([("Ada", "Team 1"), ("Bo", "Team 1")], ["Team 1: Ada, Bo"]),
        ([("Ada", "x"), ("Ada", "x")], ["x: Ada (2 times)"]),
        ([("Ada",), ("Ada", "x")], ["Ada", "x: Ada"]),
        ([(str(n),) for n in range(7)], ["0, 1, 2, 3, 4, and 2 more"]),
    ],
)
def test_rows_that_differ_in_one_thing_are_one_line(
    rows: list[tuple[str, ...]], lines: list[str]
) -> None:
    assert grouped(rows) == lines
