"""Faults on the way, each delivered and counted: the result is right, or loudly incomplete."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from identity_sdk.http.limiter import Limiter
from sandbox.company import Company
from tests.rudderstack.expected import edges
from tests.running import Run, run_tap

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.server import Sandbox

HTML = {"content-type": "text/html"}


@pytest.fixture
def company() -> Company:
    return Company.made_up(people=350, groups=6, memberships=300)


def assert_right(run: Run, company: Company) -> None:
    """All that is in the company came, and nothing else."""
    assert run.code == 0, run.log
    assert set(run.verdicts.values()) == {"complete"}
    assert {record["id"] for record in run.records("users")} == set(company.people)
    members = {
        (r["group_id"], r["member_type"], r["member_id"]) for r in run.records("group_members")
    }
    assert members == edges(company)
    assert len(run.records("audit_logs")) == len(company.events)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a refusal the pace comes back soon; how soon it does is tested with the limiter."""
    monkeypatch.setattr(Limiter, "_QUIET", 0.1)


def soon(seconds: float) -> str:
    return formatdate(time.time() + seconds, usegmt=True)


@pytest.mark.parametrize(
    "what",
    [
        {"status": 429, "headers": {"retry-after": "0.2"}},
        {"status": 429, "headers": {"retry-after": "DATE"}},
        {"status": 429, "headers": {"ratelimit-reset": "0.2"}},
        {"status": 429, "headers": {"x-ratelimit-reset": "EPOCH"}},
        {"status": 429},
        {"status": 500},
        {"status": 502, "headers": HTML, "body": b"<html>Bad Gateway</html>"},
        {"status": 503, "headers": {"retry-after": "0.1"}},
        {"status": 504},
        {"reset": True},
        {"cut": 0.5},
        {"cut": 0.0},
        {"drip": 0.02},
        {"delay": 0.3},
        {"status": 200, "headers": HTML, "body": b"<html>Please sign in</html>"},
        {"status": 200, "body": b'{"totalResults": 350, "Resources": [{"id": "1'},
        {"status": 200, "body": b""},
    ],
    ids=lambda what: "-".join(f"{k}={v}"[:24] for k, v in what.items()),
)
def test_faults_that_pass_are_not_noticed(
    tmp_path: Path, company: Company, sandbox: Sandbox, what: dict[str, Any]
) -> None:
    headers = dict(what.get("headers", {}))
    for name, value in headers.items():
        headers[name] = {"DATE": soon(1.5), "EPOCH": str(int(time.time() + 1.5))}.get(value, value)
    if headers:
        what = {**what, "headers": headers}
    faults = [
        sandbox.rudderstack.fault("/Users?startIndex", skip=2, times=2, **what),
        sandbox.rudderstack.fault("/Groups", times=1, **what),
        sandbox.rudderstack.fault("after_cursor", times=1, **what),
    ]
    run = run_tap(tmp_path, sandbox.rudderstack_config)
    assert [fault.delivered for fault in faults] == [2, 1, 1]
    assert_right(run, company)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"status": 500}, "answered 500, 3 times in a row"),
        ({"reset": True}, "3 times in a row"),
        ({"cut": 0.5}, "3 times in a row"),
        (
            {"status": 200, "headers": HTML, "body": b"<html>"},
            "something other than JSON (text/html)",
        ),
        ({"drip": 0.15}, "took longer than 0.4 s"),
    ],
    ids=lambda value: None if isinstance(value, str) else str(value)[:20],
)
def test_faults_that_last_are_told(
    tmp_path: Path, sandbox: Sandbox, what: dict[str, Any], said: str
) -> None:
    fault = sandbox.rudderstack.fault("/Groups", **what)
    timeout = 0.4 if "drip" in what else 1
    config = {**sandbox.rudderstack_config, "max_retries": 2, "request_timeout": timeout}
    run = run_tap(tmp_path, config)
    assert run.code == 1
    assert fault.delivered >= 3
    assert said in run.log
    assert "<html>" not in run.log
    assert "Traceback" not in run.log
    assert run.verdicts["groups"] == run.verdicts["group_members"] == "failed"
    assert run.verdicts["users"] == run.verdicts["audit_logs"] == "complete"


def test_a_token_revoked_in_the_middle(tmp_path: Path, company: Company, sandbox: Sandbox) -> None:
    def revoke() -> None:
        sandbox.scim.token = sandbox.audit.token = "another"

    fault = sandbox.rudderstack.fault("/Users?startIndex", skip=2, times=1, call=revoke)
    run = run_tap(tmp_path, sandbox.rudderstack_config)
    assert fault.delivered == 1
    assert run.code == 1
    assert set(run.verdicts.values()) == {"failed"}
    assert run.kinds("ACTIVATE_VERSION") == []
    assert "organization-level service access token" in run.log
    assert 0 < len(run.records("users")) < len(company.people)


Happens = Callable[[Company], object]


def leave_early(company: Company) -> None:
    for person in sorted(company.people.values(), key=lambda p: p.id)[5:10]:
        company.remove(person)


def join(company: Company) -> None:
    for _ in range(5):
        company.hire()


def both(company: Company) -> None:
    leave_early(company)
    join(company)


@pytest.mark.parametrize("happens", [leave_early, join, both])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_people_come_and_go_between_pages(
    tmp_path: Path, company: Company, sandbox: Sandbox, happens: Happens, concurrency: int
) -> None:
    """Nobody who was there all the time is missing, or the stream is not complete."""
    before = set(company.people)
    fault = sandbox.rudderstack.fault(
        "/Users?startIndex", skip=3, times=1, call=lambda: happens(company)
    )
    config = {**sandbox.rudderstack_config, "max_concurrency": concurrency, "page_size": 50}
    run = run_tap(tmp_path, config)
    assert fault.delivered == 1
    lasting = before & set(company.people)
    read = {record["id"] for record in run.records("users")}
    assert run.code == 0, run.log
    assert run.verdicts["users"] == "complete"
    assert lasting <= read
    assert len(run.records("users")) == len(read)


def test_groups_change_while_they_are_read(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    group = list(company.groups.values())[2]
    sandbox.rudderstack.fault("/Groups", times=1, call=lambda: company.close(group))
    run = run_tap(tmp_path, sandbox.rudderstack_config)
    assert_right(run, company)
