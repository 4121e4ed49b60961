"""The audit logs: incremental, each event once, none lost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.audit import milliseconds
from sandbox.server import Sandbox
from tests.rudderstack.expected import naive
from tests.running import Pipe, run_tap, select

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.company import Company

AUDIT = "/v2/audit-logs"


def expected(company: Company) -> dict[str, tuple[Any, ...]]:
    return {
        event.id: (
            naive(event.at.replace(microsecond=event.at.microsecond // 1000 * 1000)),
            event.actor,
            event.action,
            event.target_type,
            event.target,
        )
        for event in company.events
    }


def loaded(pipe: Pipe) -> dict[str, tuple[Any, ...]]:
    rows = pipe.rows("audit_logs")
    assert len({row["id"] for row in rows}) == len(rows)
    columns = ("created_at", "actor_id", "action", "target_type", "target_id")
    return {row["id"]: tuple(row[column] for column in columns) for row in rows}


@pytest.mark.parametrize("inclusive", [True, False])
def test_three_runs_see_each_event_once(
    pipe: Pipe, company: Company, sandbox: Sandbox, inclusive: bool
) -> None:
    """Also those that share the moment of the bookmark, whatever the server's bound means."""
    sandbox.audit.inclusive = inclusive
    pipe.config["page_size"] = 11
    company.pace = timedelta(minutes=10)
    company.hire()
    assert pipe.run() == 0
    assert loaded(pipe) == expected(company)

    company.pace = timedelta(0)  # as many events as one likes in one moment
    for _ in range(15):
        company.hire()
    assert pipe.run() == 0
    assert loaded(pipe) == expected(company)
    for _ in range(15):
        company.hire()
    since = company.now - timedelta(seconds=60)
    company.pace = timedelta(minutes=10)
    company.suspend(company.hire())
    sandbox.rudderstack.requests.clear()
    assert pipe.run() == 0
    assert loaded(pipe) == expected(company)
    asked = [path for path in sandbox.rudderstack.requests if "created_after" in path]
    recent = [event for event in company.events if event.at > since]
    assert len(recent) < len(company.events)
    assert len(asked) == -(-len(recent) // 11)
    runs = pipe.database.query("select * from tap_rudderstack.sync_runs")
    assert {r["mode"] for r in runs if r["stream"] == "audit_logs"} == {"incremental"}
    assert pipe.removed("audit_logs", "id") == set()


def test_a_failed_run_never_moves_the_bookmark(
    pipe: Pipe, company: Company, sandbox: Sandbox
) -> None:
    pipe.config["page_size"] = 10
    assert pipe.run() == 0
    assert pipe.state is not None
    before = pipe.state["bookmarks"]["audit_logs"]["replication_key_value"]
    company.pace = timedelta(minutes=10)
    for _ in range(40):
        company.hire()
    fault = sandbox.rudderstack.fault("after_cursor", skip=1, status=500)
    assert pipe.run() == 1
    assert fault.delivered == 3
    assert pipe.state["bookmarks"]["audit_logs"]["replication_key_value"] == before
    assert len(loaded(pipe)) < len(company.events)
    sandbox.rudderstack.faults.clear()
    assert pipe.run() == 0
    assert loaded(pipe) == expected(company)


def test_only_the_cursor_is_taken_from_the_next_link(tmp_path: Path, sandbox: Sandbox) -> None:
    """The link may name another host, which must never see the token."""
    links = [b"http://127.0.0.1:9/steal?after_cursor=", b"//127.0.0.1:9/?after_cursor="]
    event = sandbox.company.events[0].id.encode()
    for link in links:
        body = b'{"data": [{"id": "made-up"}], "paging": {"next": "%s%s"}}' % (link, event)
        fault = sandbox.rudderstack.fault(AUDIT, skip=1, times=1, status=200, body=body)
        run = run_tap(tmp_path, sandbox.rudderstack_config)
        assert run.code == 0, run.log
        assert fault.delivered == 1
        assert len(run.records("audit_logs")) == len(sandbox.company.events)
        sandbox.rudderstack.faults.clear()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"data": [{"id": "1"}], "paging": {"next": "/?after_cursor=1"}}', "returned before"),
        (b'{"data": [], "paging": {"next": "/?page=2"}}', "`paging.next` has no cursor"),
        (b'{"data": [{"action": "x"}], "paging": {}}', "1 rows have no id"),
        (b'{"message": "hello"}', "Check `api_base_url`"),
    ],
)
def test_a_log_that_cannot_be_walked_is_told(
    tmp_path: Path, sandbox: Sandbox, body: bytes, said: str
) -> None:
    sandbox.rudderstack.fault(AUDIT, skip=1, status=200, body=body)
    run = run_tap(tmp_path, sandbox.rudderstack_config)
    assert run.code == 1
    assert run.verdicts["audit_logs"] in ("incomplete", "failed")
    assert said in run.log
    assert "replication_key_value" not in run.state["bookmarks"].get("audit_logs", {})


def test_empty_pages_are_followed_three_times(tmp_path: Path, sandbox: Sandbox) -> None:
    fault = sandbox.rudderstack.fault(AUDIT, skip=1, status=200)
    cursors = iter(range(100))

    def next_page() -> None:
        link = f"/?after_cursor=c{next(cursors)}"
        fault.body = b'{"data": [], "paging": {"next": "%s"}}' % link.encode()

    fault.call = next_page
    run = run_tap(tmp_path, sandbox.rudderstack_config)
    assert run.verdicts["audit_logs"] == "incomplete"
    assert fault.delivered == 4
    assert "4 pages in a row had no new rows" in run.log


def test_a_start_date_and_a_workspace_bound_the_read(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    company.join(next(iter(company.groups.values())), company.hire())
    start = milliseconds(company.events[20].at)
    catalog = select("audit_logs")
    config = {**sandbox.rudderstack_config, "start_date": start.isoformat()}
    run = run_tap(tmp_path, config, catalog=catalog)
    assert {row["id"] for row in run.records("audit_logs")} == {
        event.id for event in company.events if milliseconds(event.at) >= start
    }
    config = {**sandbox.rudderstack_config, "workspace_id": "ws-1"}
    narrow = run_tap(tmp_path, config, catalog=catalog)
    assert {row["workspace_id"] for row in narrow.records("audit_logs")} <= {"ws-1"}
    wide = run_tap(tmp_path, sandbox.rudderstack_config, catalog=catalog, state=narrow.state)
    assert wide.code == 0
    assert len(wide.records("audit_logs")) == len(company.events)
    assert "its coverage has changed" in wide.log


def test_another_host_for_the_public_api(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    with Sandbox(company) as second:
        config = {**sandbox.rudderstack_config, "api_base_url": f"{second.url}/"}
        run = run_tap(tmp_path, config)
        assert run.code == 0, run.log
        assert [path for path in second.rudderstack.requests if "/scim/" in path] == []
        # To prove access, to read, and to look at the rights again.
        assert len(second.rudderstack.requests) == 3
    assert [path for path in sandbox.rudderstack.requests if AUDIT in path] == []
