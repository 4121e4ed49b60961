"""Which privileged access is new: by the history, and only as far back as it reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.transform.warehouses import DuckDB

SOURCES = [{"id": "logto", "system": "logto", "schema": "tap_logto"}]
STREAMS = ("users", "roles", "role_users")
RAW = """
create schema tap_logto;
create table tap_logto.users (id varchar, name varchar, _sync_id varchar);
create table tap_logto.roles (id varchar, name varchar, _sync_id varchar);
create table tap_logto.role_users (role_id varchar, user_id varchar, _sync_id varchar);
create table tap_logto.sync_runs (
    sync_id varchar, stream varchar, ended_at timestamp, mode varchar, status varchar
);
insert into tap_logto.users values ('ada', 'Ada', '9'), ('bob', 'Bob', '9');
insert into tap_logto.roles values ('r', 'admin', '9');
insert into tap_logto.role_users values ('r', 'ada', '9');
"""


def run(sync_id: str, day: str) -> str:
    rows = ", ".join(
        f"('{sync_id}', '{stream}', '{day}', 'full', 'complete')" for stream in STREAMS
    )
    return f"insert into tap_logto.sync_runs values {rows};"


def told(warehouse: DuckDB, now: str, since: str) -> tuple[list[str], int]:
    """What is new, and of how much that cannot be told."""
    warehouse.make(
        "identity_control_status", "identity_looks",
        identity_sources=SOURCES, identity_now=now, review_since=since,
    )  # fmt: skip
    found = [
        row["detail"]
        for row in warehouse.mart("identity_findings")
        if row["control_id"] == "new-privileged"
    ]
    status = next(
        row
        for row in warehouse.mart("identity_control_status")
        if row["control_id"] == "new-privileged"
    )
    return found, status["undecided"]


def test_new_is_what_came_since_the_last_review(duckdb: DuckDB) -> None:
    duckdb.execute(RAW + run("1", "2026-01-10"))
    assert told(duckdb, "2026-01-10", "2026-01-01") == ([], 1)
    duckdb.execute(
        "insert into tap_logto.role_users values ('r', 'bob', '9');" + run("2", "2026-01-20")
    )
    bob = "Bob has admin in logto since 2026-01-20; it is named admin."
    assert told(duckdb, "2026-01-20", "2026-01-01") == ([bob], 1)
    assert told(duckdb, "2026-01-21", "2026-01-15") == ([bob], 0)
    assert told(duckdb, "2026-01-21", "2026-01-21") == ([], 0)
