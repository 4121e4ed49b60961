"""How far the rows of a stream can be trusted, from what its runs proved."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.transform.warehouses import DuckDB

NOW = "2026-01-10 12:00:00"
RUNS = """
create schema tap_logto;
create table tap_logto.sync_runs (
    sync_id varchar, stream varchar, ended_at timestamp, mode varchar, status varchar,
    reason varchar, row_count bigint
);
insert into tap_logto.sync_runs values
    ('1', 'users', '2026-01-09 23:00', 'full', 'complete', null, 40),
    ('2', 'users', '2026-01-10 11:00', 'incremental', 'complete', null, 2),
    ('1', 'roles', '2026-01-08 23:59', 'full', 'complete', null, 3),
    ('1', 'scopes', '2026-01-09 23:00', 'full', 'complete', null, 9),
    ('2', 'scopes', '2026-01-10 11:00', 'full', 'failed', 'HTTP 500', 1),
    ('1', 'role_users', '2026-01-09 23:00', 'full', 'incomplete', 'one row is missing', 7),
    ('1', 'hooks', '2026-01-09 23:00', 'full', 'complete', null, 1),
    ('2', 'hooks', '2026-01-10 11:00', 'full', 'skipped', 'no permission', 0),
    ('2', 'sso_connectors', '2026-01-10 11:00', 'full', 'unsupported', null, 0),
    ('2', 'no_such_stream', '2026-01-10 11:00', 'full', 'complete', null, 0);
create table tap_logto.resources (id varchar, _sync_id varchar);
"""
STATES = {
    "users": "complete",
    "roles": "stale",
    "scopes": "not current",
    "role_users": "never complete",
    "hooks": "skipped",
    "sso_connectors": "unsupported",
    # A first run that was killed leaves tables, and no verdict.
    "resources": "never complete",
    "audit_logs": "not loaded",
}


def test_each_state(duckdb: DuckDB) -> None:
    duckdb.execute(RUNS)
    duckdb.make("identity_stream_status", identity_now=NOW)
    rows = {
        row["stream"]: row
        for row in duckdb.mart("identity_stream_status")
        if row["source_id"] == "logto"
    }
    assert {stream: rows[stream]["state"] for stream in STATES} == STATES
    assert "no_such_stream" not in rows
    users, scopes = rows["users"], rows["scopes"]
    assert (users["as_of"], users["full_as_of"]) == ("2026-01-10 11:00:00", "2026-01-09 23:00:00")
    assert (scopes["as_of"], scopes["last_reason"]) == ("2026-01-09 23:00:00", "HTTP 500")


def test_without_the_verdicts_of_runs_nothing_is_trusted(duckdb: DuckDB) -> None:
    duckdb.execute(f"{RUNS} delete from tap_logto.sync_runs;")
    duckdb.make("identity_stream_status", identity_now=NOW)
    states = {row["state"] for row in duckdb.mart("identity_stream_status")}
    assert states == {"never complete", "not loaded"}
