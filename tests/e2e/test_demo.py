"""`make demo` does what it says, and says what it did."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from sandbox.warehouse import Warehouse
from scripts.demo_progress import Progress
from scripts.demo_queries import SCHEMAS
from scripts.demo_removals import grouped
from tests.e2e.readme import block
from tests.running import ROOT
from tests.taps import TAPS

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.warehouse import Database

ASSUMED_READY = ("--assume-old=.venv/ready", "--assume-old=.meltano/ready")
"""Lest make installs anew what this test runs in."""


def removed_rows(database: Database) -> dict[str, int]:
    """How many rows are marked as deleted, by schema."""
    tables = "select table_name as name from information_schema.columns where "
    tables += "column_name = '_sdc_deleted_at' and table_schema = %(schema)s"
    count = "select count(_sdc_deleted_at) as removed from {}.{}"
    return {
        schema: sum(
            database.query(count.format(schema, table["name"]))[0]["removed"]
            for table in database.query(tables, schema=schema)
        )
        for schema in SCHEMAS
    }


def changes(database: Database) -> set[tuple[str, str, str]]:
    """What the history of the access model tells: the change, whose, and in which system."""
    query = "select change, account_name, source_id from identity.identity_access_changes"
    return {tuple(row.values()) for row in database.query(query)}


def without_make() -> dict[str, str]:
    """The environment, without what `make test` itself was called with."""
    return {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}


def test_the_demo_shows_every_removal_and_change_and_what_is_not_current(tmp_path: Path) -> None:
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
    with Warehouse(tmp_path / "demo" / "postgres") as warehouse:
        removed = removed_rows(warehouse.database())
        changed = changes(warehouse.database())
    assert min(removed.values()) > 0
    assert f"{sum(removed.values())} rows are marked as deleted" in said
    for schema, rows in removed.items():
        assert f"  {schema}: {rows}\n" in said
    for tap, streams in TAPS.items():
        default = sum(not stream.opt_in for stream in streams.stream_types)
        assert len(re.findall(rf"{tap}: \d+ of {default} streams complete, \d+ rows", said)) == 2
    built = re.findall(r"dbt: (\d+) of (\d+) models, seeds and tests are good", said)
    assert len(built) == 2
    assert all(good == total for good, total in built)
    assert said.count("zitadel groups is unsupported: the server does not have it") == 2
    told = said.partition("What was granted and revoked")[2].partition("are privileged")[0]
    lines = [tuple(re.split(r" {2,}", line.strip())[:3]) for line in told.splitlines()]
    kinds = ("granted", "revoked", "in force again", "no longer in force")
    assert changed == {line for line in lines if line[0] in kinds}
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
        '{"event": "Block run completed"}',
        '{"event": "12:00:00  2 of 7 OK created view model s.stg_a ... [OK in 1s]", "name": "dbt"}',
        '{"event": "12:00:00  Done. PASS=5 WARN=0 ERROR=1 SKIP=1 NO-OP=0 TOTAL=7", "name": "dbt"}',
        '{"event": "Block run completed"}',
    ]
    heard = [(tap.current, tap.summary, ended) for tap, ended in Progress(log)]
    assert [current for current, _, ended in heard if not ended] == [
        "tap-x", "tap-x, users: 7 rows", "tap-x, users: 7 rows", "tap-y",
        "dbt, 2 of 7: stg_a", "dbt, 2 of 7: stg_a",
    ]  # fmt: skip
    assert [summary for _, summary, ended in heard if ended] == [
        "tap-x: 1 of 1 streams complete, 7 rows, 2 requests",
        "tap-y: 0 of 0 streams complete, 0 rows, 0 requests",
        "dbt: 5 of 7 models, seeds and tests are good",
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
