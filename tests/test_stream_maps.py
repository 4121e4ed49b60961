"""Stream maps together with ACTIVATE_VERSION and what removals are derived from."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tests.running import Pipe, run_tap

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.server import Sandbox

MAPS: dict[str, Any] = {
    "users": {
        "__alias__": "people",
        "primary_email": "md5(primary_email)",
        "emails": "__NULL__",
        "user_name": "__NULL__",
    },
    "user_emails": "__NULL__",
}


def test_alias_and_hash_with_removals(pipe: Pipe, company: Company) -> None:
    pipe.config["stream_maps"] = MAPS
    assert pipe.run() == 0
    leaver = list(company.people.values())[4]
    company.remove(leaver)
    assert pipe.run() == 0
    assert pipe.removed("people", "id") == {(leaver.id,)}
    hashes = {
        (person.id, hashlib.md5(person.email.encode()).hexdigest())
        for person in company.people.values()
    }
    assert pipe.live("people", "id", "primary_email") == hashes
    columns = set(pipe.rows("people")[0])
    assert "_sync_id" in columns
    assert not columns & {"emails", "user_name"}
    tables = pipe.database.query(
        "select table_name from information_schema.tables where table_schema = 'tap_rudderstack'"
    )
    assert {row["table_name"] for row in tables} == {
        "people",
        "groups",
        "group_members",
        "audit_logs",
        "sync_runs",
    }


def test_a_changed_filter_is_warned_of(tmp_path: Path, company: Company, sandbox: Sandbox) -> None:
    config = {
        **sandbox.rudderstack_config,
        "stream_maps": {"users": {"__filter__": "department == 'Data'"}},
    }
    first = run_tap(tmp_path, sandbox.rudderstack_config)
    assert "__filter__" not in first.log
    second = run_tap(tmp_path, config, state=first.state)
    assert second.code == 0
    assert "users: its `__filter__` is not that of the last complete run" in second.log
    data = [person for person in company.people.values() if person.department == "Data"]
    assert 0 < len(data) < len(company.people)
    assert len(second.records("users")) == len(data)
    assert second.records("sync_runs")[0]["rows"] == len(company.people)
    assert "users" in {m["stream"] for m in second.kinds("ACTIVATE_VERSION")}
    third = run_tap(tmp_path, config, state=second.state)
    assert "__filter__" not in third.log


def test_maps_that_take_away_what_removals_rest_on_are_warned_of(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    maps = {"users": {"id": "id", "__else__": "__NULL__"}, "__else__": "__NULL__"}
    run = run_tap(tmp_path, {**sandbox.rudderstack_config, "stream_maps": maps})
    assert run.code == 0
    assert "stream_maps take away `users._sync_id`" in run.log
    assert {tuple(record) for record in run.records("users")} == {("id",)}
    assert run.verdicts == {"users": "complete"}  # sync_runs is not mapped, the rest not read
