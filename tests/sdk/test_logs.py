"""What a run says: lines that can be read one by one, and nothing that is not so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sandbox.company import Company
from tests.running import Run, heard, run_tap, select
from tests.sdk.tiny_tap import GONE, Teams, Tiny, run, team

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.server import Sandbox


@pytest.fixture
def company() -> Company:
    return Company.made_up(people=30, groups=3, memberships=20)


def errors(run: Run) -> list[str]:
    """What a run said as an error, without date and logger."""
    return [line.split(" | ", 3)[3] for line in run.log.splitlines() if "| ERROR " in line]


def test_each_stream_that_fails_has_a_line_and_the_last_one_is_short(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.rudderstack.fault("/Groups", status=400, body=b'{"scimType": "invalidSyntax"}')
    done = run_tap(tmp_path, sandbox.rudderstack_config)
    assert done.code == 1
    reason = "failed: GET /Groups answered 400 (invalidSyntax)."
    assert errors(done) == [
        f"groups {reason}",
        f"group_members {reason}",
        "2 of 5 streams are not complete: groups, group_members.",
    ]


def test_a_test_has_a_line_for_each_stream_that_cannot_be_read(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.rudderstack.fault("/Groups", status=400, body=b'{"scimType": "no"}')
    done = run_tap(tmp_path, sandbox.rudderstack_config, "--test")
    assert done.code == 1
    *lines, last = errors(done)
    assert [line.partition(":")[0] for line in lines] == ["groups", "group_members"]
    assert last == "2 streams cannot be read: groups, group_members."


def test_permissions_that_are_missing_have_a_line_each(tmp_path: Path, sandbox: Sandbox) -> None:
    for path in ("/scim/", "/v2/audit-logs"):
        sandbox.rudderstack.fault(path, status=403)
    done = run_tap(tmp_path, sandbox.rudderstack_config)
    assert (done.code, done.output) == (1, "")
    assert errors(done) == [
        "The credential may not read all selected streams. It lacks SCIM, the audit logs: see the "
        "lines above."
    ]
    assert (
        "| users, user_emails, groups, group_members need SCIM: GET /Users answered 403" in done.log
    )
    assert "| audit_logs need the audit logs: GET /v2/audit-logs answered 403" in done.log


def test_nobody_is_told_to_deselect_all_that_is_selected(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.rudderstack.fault("/v2/audit-logs", status=403)
    one = run_tap(tmp_path, sandbox.rudderstack_config, catalog=select("audit_logs"))
    assert "audit_logs need the audit logs" in errors(one)[0]
    assert "deselect" not in one.log
    assert "Or deselect these streams" in run_tap(tmp_path, sandbox.rudderstack_config).log


def test_a_token_that_is_not_accepted_is_no_matter_of_streams(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    config = {**sandbox.rudderstack_config, "service_access_token": "wrong"}
    (word,) = errors(run_tap(tmp_path, config))
    assert word.startswith("GET /Users answered 401. Check `service_access_token`")
    assert "deselect" not in word


def test_a_wrong_path_is_told_as_such(tmp_path: Path, sandbox: Sandbox) -> None:
    config = {**sandbox.rudderstack_config, "scim_base_url": f"{sandbox.scim_base_url}/Users"}
    (word,) = errors(run_tap(tmp_path, config))
    assert word == "GET /Users answered 404. Check `scim_base_url` and `api_base_url`."


def test_singer_sdk_says_nothing_that_is_not_so(tmp_path: Path, sandbox: Sandbox) -> None:
    """A failure that is told is handled, and that a bookmark moves at the end is no warning."""
    sandbox.rudderstack.fault("/Groups", status=400, body=b"{}")
    done = run_tap(tmp_path, sandbox.rudderstack_config)
    assert done.verdicts["audit_logs"] == "complete"
    assert done.records("audit_logs")
    assert "unhandled" not in done.log
    assert "unsorted" not in done.log


def progress(server: Tiny, stream: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said of a stream on the way, if it is said at each page."""
    monkeypatch.setattr("identity_sdk.singer.stream._PROGRESS_EVERY", 0.0)
    with heard("tap-tiny", "INFO") as lines:
        run(server)
    return [line for line in lines if line.startswith(f"{stream}: ") and "so far" in line]


def test_a_fan_out_says_how_many_parents_are_read_of_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    teams = [team("a"), team("b", kind="memberless"), team("c", 0), team("d"), team("e")]
    server = Tiny([teams], {"a": ["1", "2"], "d": GONE, "e": ["3"]})
    assert progress(server, "teams", monkeypatch) == ["teams: 5 rows so far"]
    assert progress(server, "members", monkeypatch) == [
        "members: 2 rows so far, 2 of 5 teams read",  # b and c are passed over
        "members: 2 rows so far, 4 of 5 teams read",
        "members: 3 rows so far, 4 of 5 teams read",  # the rows of e come before its end
    ]


def test_a_fan_out_whose_parents_are_still_listed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are listed on the way, if nobody else reads them."""
    monkeypatch.setattr(Teams, "selected", property(lambda stream: False))
    server = Tiny([[team("a"), team("b")]], {"a": ["1"], "b": ["2"]})
    lines = progress(server, "members", monkeypatch)
    assert all(re.search(r", \d of 2( or more)? teams read$", line) for line in lines)
    assert "0 of 2 or more teams read" in lines[0]
