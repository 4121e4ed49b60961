"""Logto's audit logs: incremental, each event once, none lost; on old servers too."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.server import Sandbox
from tests.logto.expected_organizations import millis
from tests.logto.runs import expected, ids, run_logto, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.running import Message

LOGS = "/api/logs?"
STREAM = "audit_logs"
NEW, OLD = (1, 42), (1, 36)
"""Versions: the first heeds time windows, the other ignores them."""


@pytest.fixture
def company() -> Company:
    return Company.made_up(40, 2, 10, size=Size(organizations=1, memberships=5, sign_ins=40))


@pytest.fixture(params=[NEW, OLD], ids=["new", "old"])
def sandbox(company: Company, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(company, logto_version=request.param) as sandbox:
        yield sandbox


def sign_in(company: Company, several: int) -> None:
    """Several people sign in, and a machine now and then."""
    access, people = company.access, list(company.people.values())
    applications = list(access.applications.values())
    for number in range(several):
        person = people[number % len(people)] if number % 4 else None
        access.sign_in(applications[0] if person is None else applications[3], person)


def bookmark(state: Message | None) -> Any:
    assert state is not None
    return state["bookmarks"][STREAM]["replication_key_value"]


def asked(sandbox: Sandbox) -> list[str]:
    """The pages of the log that were asked for, without what finds out the server's version."""
    return [path for path in sandbox.logto.requests if LOGS in path and "start_time=x" not in path]


class Table:
    """A table into which one run after another is loaded, by key."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder, self.sandbox = folder, sandbox
        self.rows: dict[str, Message] = {}
        self.state: Message | None = None

    def load(self, **settings: Any) -> None:
        """Run the tap; what it sends a second time must be what it sent before."""
        run = run_logto(self.folder, self.sandbox, STREAM, state=self.state, **settings)
        assert run.code == 0, run.log
        row = verdict(run, STREAM)
        assert (row["mode"], row["status"]) == ("incremental", "complete")
        assert len(set(ids(run, STREAM))) == row["row_count"]
        assert run.kinds("ACTIVATE_VERSION") == []
        for record in run.records(STREAM):
            del record["_sync_id"]
            record["created_at"] = datetime.fromisoformat(record["created_at"]).replace(tzinfo=None)
            assert self.rows.setdefault(record["id"], record) == record
        self.state = run.state

    def assert_equals(self, company: Company) -> None:
        wanted = expected(company, STREAM)
        if self.sandbox.logto_server.version == OLD:
            for row in wanted.values():  # which says less
                del row["payload"]["userAgentParsed"]
        assert self.rows == {key: row for (key,), row in wanted.items()}


def test_three_runs_see_each_event_once(tmp_path: Path, company: Company, sandbox: Sandbox) -> None:
    """Also those that share the millisecond of the bookmark, or that of the edge of a page."""
    table = Table(tmp_path, sandbox)
    company.pace = timedelta(minutes=10)
    sign_in(company, 3)
    table.load(page_size=11)
    table.assert_equals(company)

    company.pace = timedelta(0)
    sign_in(company, 2)
    assert len({millis(event.at) for event in company.access.sign_ins[-3:]}) == 1
    table.load(page_size=11)
    table.assert_equals(company)

    since = company.now - timedelta(seconds=60)
    sign_in(company, 2)
    company.pace = timedelta(seconds=1)
    sign_in(company, 20)
    sandbox.logto.requests.clear()
    table.load(page_size=11)
    table.assert_equals(company)
    recent = [event for event in company.access.sign_ins if event.at >= since]
    assert len(recent) == 5 + 20  # the five are on the edge of the second page
    assert 3 <= len(asked(sandbox)) <= 2 * 3 < len(company.access.sign_ins) // 11 + 3


@pytest.mark.parametrize(("page_size", "most"), [(5, 15 + 3), (10, 8 + 3), (100, 1)])
def test_more_events_of_a_millisecond_than_a_page_holds_are_found(
    tmp_path: Path, company: Company, sandbox: Sandbox, page_size: int, most: int
) -> None:
    """By a second look in the largest pages, however small those of the first are."""
    sign_in(company, 10)
    company.pace = timedelta(0)
    sign_in(company, 12)
    company.pace = timedelta(seconds=1)
    sign_in(company, 10)
    run = run_logto(tmp_path, sandbox, STREAM, page_size=page_size)
    assert run.code == 0, run.log
    assert verdict(run, STREAM)["status"] == "complete"
    assert set(ids(run, STREAM)) == {event.id for event in company.access.sign_ins}
    assert len(asked(sandbox)) <= most


def test_events_that_come_while_the_log_is_read_lose_none(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    """Each token is an event too, so that a run adds to what it reads."""
    sandbox.logto_server.log_tokens = True
    before = {event.id for event in company.access.sign_ins}
    fault = sandbox.logto.fault(LOGS, call=lambda: sign_in(company, 2), skip=2, times=3)
    first = run_logto(tmp_path, sandbox, STREAM, page_size=7)
    assert first.code == 0, first.log
    assert fault.delivered == 3
    found = set(ids(first, STREAM))
    assert before <= found
    second = run_logto(tmp_path, sandbox, STREAM, page_size=7, state=first.state)
    assert second.code == 0, second.log
    events = [*company.access.sign_ins, *sandbox.logto_server.exchanges]
    assert found | set(ids(second, STREAM)) == {event.id for event in events}
    assert sandbox.logto_server.tokens_issued == 2


def test_a_start_date_bounds_the_first_run_and_no_state_means_all(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    company.pace = timedelta(seconds=20)
    sign_in(company, 10)
    start = company.access.sign_ins[-5].at.replace(microsecond=0)
    config: dict[str, Any] = {"start_date": start.isoformat(), "page_size": 5}
    run = run_logto(tmp_path, sandbox, STREAM, **config)
    assert run.code == 0, run.log
    wanted = {each.id for each in company.access.sign_ins if each.at >= start}
    assert set(ids(run, STREAM)) == wanted
    assert len(wanted) == 5
    bounded = run_logto(tmp_path, sandbox, STREAM, state=run.state)
    assert len(bounded.records(STREAM)) <= len(wanted)
    again = run_logto(tmp_path, sandbox, STREAM)
    assert len(ids(again, STREAM)) == len(company.access.sign_ins)


@pytest.mark.parametrize("sandbox", [NEW], indirect=True)
def test_a_failed_run_never_moves_the_bookmark(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    """The newest events come first: those that were read say nothing of those before."""
    first = run_logto(tmp_path, sandbox, STREAM, page_size=10)
    sign_in(company, 40)
    fault = sandbox.logto.fault(f"{LOGS}page=3&", status=500)
    failed = run_logto(
        tmp_path, sandbox, STREAM, page_size=10, max_retries=1, max_concurrency=1, state=first.state
    )
    assert failed.code == 1
    assert verdict(failed, STREAM)["status"] == "failed"
    assert fault.delivered == 2
    assert 0 < len(failed.records(STREAM)) < 40
    assert bookmark(failed.state) == bookmark(first.state)
    sandbox.logto.faults.clear()
    run = run_logto(tmp_path, sandbox, STREAM, page_size=10, state=failed.state)
    assert run.code == 0, run.log
    found = {*ids(first, STREAM), *ids(run, STREAM)}
    assert found == {event.id for event in company.access.sign_ins}
    assert bookmark(run.state) > bookmark(first.state)


def test_what_a_server_heeds_is_found_out_once(tmp_path: Path, sandbox: Sandbox) -> None:
    run = run_logto(tmp_path, sandbox, STREAM)
    assert run.code == 0, run.log
    probes = [path for path in sandbox.logto.requests if "start_time=x" in path]
    assert probes == ["/logto/api/logs?page_size=1&start_time=x"]
    bounded = [path for path in asked(sandbox) if "start_time=" in path or "end_time=" in path]
    assert len(asked(sandbox)) == 1
    assert bounded == []
    sandbox.logto.requests.clear()
    run_logto(tmp_path, sandbox, STREAM, state=run.state)
    windows = [path for path in asked(sandbox) if "start_time=" in path]
    assert len(windows) == (1 if sandbox.logto_server.version == NEW else 0)
