"""Catalogs as they come: edited, older than the tap, or next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.running import run_tap, select

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.server import Sandbox

StreamResult = dict[str, Any]


def test_an_older_catalog_keeps_what_removals_rest_on(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    """Meltano caches catalogs: one may lack `_sync_id`, `sync_runs` and newer fields."""

    def older(entry: StreamResult) -> None:
        for name in ("_sync_id", "title"):
            entry["schema"]["properties"].pop(name, None)
            entry["metadata"] = [
                m for m in entry["metadata"] if m["breadcrumb"] != ["properties", name]
            ]

    catalog = select(edit=older)
    catalog["streams"] = [e for e in catalog["streams"] if e["tap_stream_id"] != "sync_runs"]
    run = run_tap(tmp_path, sandbox.rudderstack_config, catalog=catalog)
    assert run.code == 0, run.log
    records = run.records("users")
    assert len(records) == len(company.people)
    assert all(record["_sync_id"] for record in records)
    assert all("title" not in record for record in records)
    schema = run.kinds("SCHEMA")[0]
    assert "_sync_id" in schema["schema"]["properties"]
    assert "title" not in schema["schema"]["properties"]
    assert set(run.verdicts.values()) == {"complete"}
    assert run.records("sync_runs")[0]["unknown_fields"] == 0


def test_what_is_automatic_cannot_be_deselected(tmp_path: Path, sandbox: Sandbox) -> None:
    def nothing(entry: StreamResult) -> None:
        for field in entry["metadata"]:
            if field["breadcrumb"]:
                field["metadata"]["selected"] = False
                field["metadata"]["inclusion"] = "available"

    catalog = select("users", edit=nothing)
    run = run_tap(tmp_path, sandbox.rudderstack_config, catalog=catalog)
    assert run.code == 0
    assert {tuple(sorted(record)) for record in run.records("users")} == {("_sync_id", "id")}
    (row,) = run.records("sync_runs")
    assert row["sync_id"] == run.records("users")[0]["_sync_id"]
    assert row["status"] == "complete"
    assert row["coverage"] == [sandbox.scim_base_url]


def test_selecting_nothing_is_an_error_that_says_what_there_is(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    run = run_tap(tmp_path, sandbox.rudderstack_config, catalog=select("none"))
    assert (run.code, run.messages) == (1, [])
    names = "users, user_emails, groups, group_members, audit_logs"
    assert f"No stream is selected. There are: {names}." in run.log
    assert sandbox.rudderstack.requests == []


def test_derived_streams_read_their_parents_listing_once(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    catalog = select("user_emails", "group_members")
    run = run_tap(tmp_path, sandbox.rudderstack_config, catalog=catalog)
    assert run.code == 0
    emails = {person.email for person in company.people.values()}
    assert emails < {record["value"] for record in run.records("user_emails")}
    assert len(run.records("group_members")) == len(list(company.memberships()))
    assert {row["stream"]: row["requests"] for row in run.records("sync_runs")} == {
        "user_emails": 4,  # one asks what the server can do, one whether the rights are there
        "group_members": 6,  # three groups are asked for singly; and the rights again
    }
    listed = [path for path in sandbox.rudderstack.requests if "startIndex" in path]
    # One to prove access and two to look at it again, and two listings with their proof.
    assert len(listed) == 3 + 2 + 2
