"""What the credential may not read: told before anything is written, or skipped by choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.running import Pipe, run_tap, select

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.company import Company
    from sandbox.server import Sandbox

SCIM = "/scim/"
AUDIT = "/v2/audit-logs"


def test_each_missing_permission_is_named_with_its_streams(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.rudderstack.fault(AUDIT, status=403)
    run = run_tap(tmp_path, sandbox.rudderstack_config)
    assert run.code == 1
    assert run.output == ""
    assert "audit_logs need the audit logs: GET /v2/audit-logs answered 403" in run.log
    assert "set `on_missing_scope` to `skip`" in run.log
    assert "Enterprise plan" in run.log
    sandbox.rudderstack.fault(SCIM, status=403)
    run = run_tap(tmp_path, {**sandbox.rudderstack_config, "on_missing_scope": "skip"})
    assert run.code == 1
    assert run.output == ""
    assert "users, user_emails, groups, group_members need SCIM" in run.log


def test_what_is_not_selected_needs_no_permission(tmp_path: Path, sandbox: Sandbox) -> None:
    fault = sandbox.rudderstack.fault(AUDIT, status=403)
    run = run_tap(tmp_path, sandbox.rudderstack_config, catalog=select("users"))
    assert run.code == 0
    assert fault.delivered == 0


def test_skipped_rows_stay_unmarked(pipe: Pipe, company: Company, sandbox: Sandbox) -> None:
    assert pipe.run() == 0
    company.remove(list(company.people.values())[3])
    fault = sandbox.rudderstack.fault(SCIM, status=403)
    pipe.config["on_missing_scope"] = "skip"
    assert pipe.run() == 0
    assert fault.delivered == 1
    assert pipe.removed("users", "id") == set()
    verdicts = pipe.database.query(
        "select stream, status, reason from tap_rudderstack.sync_runs order by sync_id desc limit 5"
    )
    assert {row["stream"]: row["status"] for row in verdicts} == {
        "users": "skipped",
        "user_emails": "skipped",
        "groups": "skipped",
        "group_members": "skipped",
        "audit_logs": "complete",
    }
    assert all("403" in row["reason"] for row in verdicts if row["status"] == "skipped")
    sandbox.rudderstack.faults.clear()
    assert pipe.run() == 0
    assert len(pipe.removed("users", "id")) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_permission_lost_in_the_middle_fails_its_stream_only(
    tmp_path: Path, sandbox: Sandbox, status: int
) -> None:
    fault = sandbox.rudderstack.fault("/Groups", status=status)
    run = run_tap(tmp_path, sandbox.rudderstack_config)
    assert run.code == 1
    assert fault.delivered
    assert run.verdicts == {
        "users": "complete",
        "user_emails": "complete",
        "groups": "failed",
        "group_members": "failed",
        "audit_logs": "complete",
    }
    assert {m["stream"] for m in run.kinds("ACTIVATE_VERSION")} == {"users", "user_emails"}


def test_test_reads_a_page_of_each_stream_and_writes_nothing(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    run = run_tap(tmp_path, sandbox.rudderstack_config, "--test")
    assert run.code == 0, run.log
    assert run.output == ""
    for stream in ("users", "user_emails", "groups", "group_members", "audit_logs"):
        assert f"{stream}: readable" in run.log
    assert len(sandbox.rudderstack.requests) <= 10


def test_test_names_what_is_missing_and_what_fails(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.rudderstack.fault(AUDIT, status=403)
    run = run_tap(tmp_path, sandbox.rudderstack_config, "--test")
    assert run.code == 1
    assert "audit_logs need the audit logs" in run.log
    assert "Traceback" not in run.log
    sandbox.rudderstack.faults.clear()
    sandbox.rudderstack.fault("/Groups", status=500)
    run = run_tap(tmp_path, {**sandbox.rudderstack_config, "max_retries": 0}, "--test")
    assert run.code == 1
    assert "groups: GET /Groups answered 500" in run.log
    assert "users: readable" in run.log
    sandbox.scim.token = sandbox.audit.token = "another"
    run = run_tap(tmp_path, sandbox.rudderstack_config, "--test")
    assert run.code == 1
    assert "organization-level service access token" in run.log
