"""The verdict of a run in a file, whatever the run came to."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tap_rudderstack.tap import TapRudderStack
from tests.in_process import called
from tests.running import run_tap, select, spawn_tap, tap_command, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.server import Sandbox


def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def config(folder: Path, sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    return {**sandbox.rudderstack_config, "report_file": str(folder / "report.json"), **more}


def test_it_has_the_rows_of_sync_runs(tmp_path: Path, sandbox: Sandbox) -> None:
    run = spawn_tap(tmp_path, config(tmp_path, sandbox))
    assert run.code == 0, run.log
    report = told(tmp_path)
    assert report["streams"] == run.records("sync_runs")
    assert report["sync_id"] == run.records("sync_runs")[0]["sync_id"]
    assert (report["tap"], report["exit_code"], report["error"]) == ("tap-rudderstack", 0, None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "report.json"]


def test_a_run_that_is_not_complete_says_why(tmp_path: Path, sandbox: Sandbox) -> None:
    state = {"bookmarks": {"users": {"last_complete": {"coverage": ["https://other"]}}}}
    run = run_tap(tmp_path, config(tmp_path, sandbox), state=state, catalog=select("users"))
    assert run.code == 1
    report = told(tmp_path)
    assert report["exit_code"] == 1
    assert report["error"] == "1 of 1 streams are not complete: users."
    (row,) = report["streams"]
    assert (row["stream"], row["status"]) == ("users", "incomplete")
    assert "https://other" in row["reason"]


def test_nor_does_a_credential_that_is_refused_go_untold(tmp_path: Path, sandbox: Sandbox) -> None:
    run = run_tap(tmp_path, config(tmp_path, sandbox, service_access_token="wrong"))
    assert (run.code, run.output) == (1, "")
    report = told(tmp_path)
    assert report["exit_code"] == 1
    assert report["error"]
    assert report["error"] in run.log
    assert report["streams"] == []
    assert "wrong" not in json.dumps(report)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"max_shrink": "much"}, "Settings: `max_shrink` must be a finite number."),
        ({"accept_missing": "users"}, "`accept_missing` must be a list of names with numbers"),
    ],
)
def test_settings_that_are_wrong_are_told_too(
    tmp_path: Path, sandbox: Sandbox, settings: dict[str, Any], error: str
) -> None:
    """Else the file would still say what the run before came to."""
    (tmp_path / "report.json").write_text('{"exit_code": 0}')
    run = run_tap(tmp_path, config(tmp_path, sandbox, **settings))
    assert run.code == 1
    report = told(tmp_path)
    assert (report["exit_code"], report["streams"]) == (1, [])
    assert report["error"].startswith(error)


def test_so_are_wrong_settings_from_the_environment(tmp_path: Path) -> None:
    settings = {"TAP_RUDDERSTACK_REPORT_FILE": str(tmp_path / "report.json")}
    run = run_tap(tmp_path, {}, "--config", "ENV", environment=settings)
    assert run.code == 1
    assert "`service_access_token` is missing" in told(tmp_path)["error"]


def test_and_a_state_that_is_none(tmp_path: Path, sandbox: Sandbox) -> None:
    run = run_tap(tmp_path, config(tmp_path, sandbox), state={"what": 1})
    assert run.code == 1
    assert told(tmp_path)["error"].startswith("The state has no `bookmarks`")


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_no_earlier_verdict(
    tmp_path: Path, sandbox: Sandbox, signum: signal.Signals
) -> None:
    (tmp_path / "report.json").write_text('{"exit_code": 0}')
    settings = config(tmp_path, sandbox, page_size=1, requests_per_second=20)
    tap = subprocess.Popen(
        tap_command(tmp_path, settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for(sandbox, 8)
    tap.send_signal(signum)
    code = tap.wait(timeout=60)
    report = told(tmp_path)
    if signum == signal.SIGKILL:
        assert report["exit_code"] is None
    else:
        assert report["exit_code"] == code == 128 + signum
        assert "SIGTERM" in json.dumps(report)


def test_a_file_that_cannot_be_written_is_an_error_before_anything_is(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    before = len(sandbox.rudderstack.requests)
    where = str(tmp_path / "nowhere" / "report.json")
    run = run_tap(tmp_path, config(tmp_path, sandbox, report_file=where))
    assert (run.code, run.output) == (1, "")
    assert "`report_file` cannot be written: No such file or directory." in run.log
    assert len(sandbox.rudderstack.requests) == before


def test_neither_discovery_nor_the_connection_test_writes_it(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    for arguments in (["--discover"], ["--test"]):
        command = tap_command(tmp_path, config(tmp_path, sandbox), *arguments)
        assert called(TapRudderStack, command[1:], tmp_path, {})[0] == 0
    assert not (tmp_path / "report.json").exists()
