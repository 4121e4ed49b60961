"""Sources are what a variable says; what is not loaded gives no rows and a state, but no error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.running import run_tap

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.server import Sandbox
    from tests.transform.warehouses import DuckDB

LOGTO = [{"id": "eu", "system": "logto", "schema": "logto_eu"}]


def test_what_is_missing_is_null_or_has_no_rows(duckdb: DuckDB) -> None:
    duckdb.execute("""
        create schema logto_eu;
        create table logto_eu.users (id varchar, primary_email varchar, created_at timestamptz);
        insert into logto_eu.users values ('u1', 'ada@example.com', '2026-01-05 10:00:00+02');
        create table logto_eu.roles (id varchar, name varchar, _sync_id varchar);
        insert into logto_eu.roles values ('r1', 'admin', null);
    """)
    absent = {"id": "us", "system": "logto", "schema": "logto_us"}
    duckdb.make(identity_sources=[*LOGTO, absent])
    staged = duckdb.staged("stg_logto__users", "stg_logto__roles", "stg_logto__hooks")
    users = staged["stg_logto__users"]
    assert [(row["source_id"], row["id"], row["primary_email"]) for row in users] == [
        ("eu", "u1", "ada@example.com")
    ]
    assert users[0]["created_at"] == "2026-01-05 08:00:00"
    assert users[0]["identities"] is None
    assert [row["name"] for row in staged["stg_logto__roles"]] == ["admin"]
    assert staged["stg_logto__hooks"] == []
    states = {
        (row["source_id"], row["stream"]): row["state"]
        for row in duckdb.mart("identity_stream_status")
    }
    assert states["eu", "users"] == "never complete"
    assert states["eu", "hooks"] == states["us", "users"] == "not loaded"


def test_there_need_not_be_any_source(empty_duckdb: DuckDB) -> None:
    empty_duckdb.make(identity_sources=[])
    for mart in ("identity_sources", "identity_stream_status"):
        assert empty_duckdb.mart(mart) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"id": "x", "system": "okta", "schema": "okta"}, "kinde, logto, rudderstack or zitadel"),
        ({"id": "x", "system": "logto"}, "needs an `id`, a `schema` and a `system`"),
        ({"id": "eu", "system": "logto", "schema": "other"}, "two entries have the id `eu`"),
    ],
)
def test_a_source_that_makes_no_sense_is_refused(
    empty_duckdb: DuckDB, source: dict[str, Any], said: str
) -> None:
    sources = [*LOGTO, source]
    done = empty_duckdb.dbt("build", "--select", "identity_sources", identity_sources=sources)
    assert not done.succeeded
    assert said in done.log


def test_fifty_sources_are_one_build(duckdb: DuckDB, sandbox: Sandbox, tmp_path: Path) -> None:
    run = run_tap(tmp_path, sandbox.configs["tap-logto"], tap="tap-logto")
    duckdb.load("tap_logto", run)
    loaded = "select table_name from duckdb_tables() where schema_name = 'tap_logto'"
    tables = [row["table_name"] for row in duckdb.query(loaded)]
    sources = [
        {"id": f"tenant-{number}", "system": "logto", "schema": f"tenant_{number:02d}"}
        for number in range(50)
    ]
    duckdb.execute(
        "".join(
            f"create schema {source['schema']};"
            + "".join(
                f'create table {source["schema"]}."{table}" as from tap_logto."{table}";'
                for table in tables
            )
            for source in sources
        )
    )
    duckdb.make(identity_sources=sources)
    users = duckdb.staged("stg_logto__users")["stg_logto__users"]
    assert len(users) == 50 * len(run.records("users"))
    assert len({(row["source_id"], row["id"]) for row in users}) == len(users)
    log = (duckdb.folder / "logs" / "dbt.log").read_text()
    assert 1 <= log.count("from information_schema.columns") <= 2, "more than once for each thread"
