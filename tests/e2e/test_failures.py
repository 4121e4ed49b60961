"""Runs that fail half-way: nothing is taken for deleted, the exit code tells, the next is right."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import signal
import subprocess
import termios
import time
from array import array
from collections import Counter
from typing import IO, TYPE_CHECKING

import psutil
import pytest

from sandbox.company import Company
from sandbox.server import Sandbox
from tests.rudderstack.expected import assert_equals_company
from tests.running import (
    BIN,
    Pipe,
    Project,
    run_tap,
    select,
    spawn_tap,
    tap_command,
    wait_for,
)
from tests.warehouse import derived_removals

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def company() -> Company:
    return Company.made_up(people=300, groups=6, memberships=500)


def test_errors_until_retries_end(pipe: Pipe, company: Company, sandbox: Sandbox) -> None:
    assert pipe.run() == 0
    leaver = list(company.people.values())[7]
    company.remove(leaver)
    fault = sandbox.rudderstack.fault("/Users?startIndex=1", skip=2, status=500)
    assert pipe.run() == 1
    # Sorted and unsorted, and as the rights are looked at again, each with two retries.
    assert fault.delivered == 3 * 2 + 3 * 2
    assert "users failed: GET /Users answered 500, 3 times in a row" in pipe.log
    assert pipe.removed("users", "id") == derived_removals(pipe, "users", "id") == set()
    assert pipe.removed("user_emails", "user_id") == set()
    verdicts = pipe.database.query(
        "select stream, status from tap_rudderstack.sync_runs order by sync_id desc, stream limit 5"
    )
    assert {row["stream"]: row["status"] for row in verdicts} == {
        "users": "failed",
        "user_emails": "failed",
        "groups": "complete",
        "group_members": "complete",
        "audit_logs": "complete",
    }
    sandbox.rudderstack.faults.clear()
    assert pipe.run() == 0
    assert_equals_company(pipe.database, company, sandbox.scim_base_url)
    assert pipe.removed("users", "id") == {(leaver.id,)}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_run_removes_nothing(
    pipe: Pipe, company: Company, sandbox: Sandbox, how: signal.Signals
) -> None:
    assert pipe.run() == 0
    leaver = list(company.people.values())[7]
    company.remove(leaver)
    slow = sandbox.rudderstack.fault("/Users?startIndex", skip=2, delay=1)
    tap, loader = pipe.start()
    wait_for(sandbox, 5)
    tap.send_signal(how)
    code = pipe.finish(tap, loader)
    assert slow.delivered
    assert code == (-how if how is signal.SIGKILL else 128 + how)
    assert pipe.removed("users", "id") == derived_removals(pipe, "users", "id") == set()
    runs = pipe.database.query("select distinct status, reason from tap_rudderstack.sync_runs")
    failed = {row["reason"] for row in runs if row["status"] != "complete"}
    if how is signal.SIGKILL:
        assert failed == set()
    else:
        assert failed == {f"the run was stopped by {how.name}"}
    sandbox.rudderstack.faults.clear()
    assert pipe.run() == 0
    assert_equals_company(pipe.database, company, sandbox.scim_base_url)
    assert pipe.removed("users", "id") == {(leaver.id,)}


def test_a_stopped_run_ends_at_a_message_boundary_with_state(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.rudderstack.fault("/Users?startIndex", skip=2, delay=0.5)
    command = tap_command(tmp_path, {**sandbox.rudderstack_config, "page_size": 20})
    tap = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    wait_for(sandbox, 6)
    began = time.monotonic()
    tap.terminate()
    output = tap.communicate(timeout=30)[0].decode()
    assert time.monotonic() - began < 5
    assert tap.returncode == 143
    messages = [json.loads(line) for line in output.splitlines()]
    assert output.endswith("\n")
    assert messages[-1]["type"] == "STATE"
    assert all(m["type"] != "ACTIVATE_VERSION" for m in messages)
    runs = [m["record"] for m in messages if m["type"] == "RECORD" and m["stream"] == "sync_runs"]
    assert {run["status"] for run in runs} == {"failed"}
    assert any(run["row_count"] for run in runs)


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_signal_in_the_middle_of_a_write_loses_no_byte(
    tmp_path: Path, sandbox: Sandbox, unbuffered: str
) -> None:
    """PYTHONUNBUFFERED is usual in containers. The pipe is full when the signal comes."""
    command = tap_command(tmp_path, sandbox.rudderstack_config)
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    tap = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    assert tap.stdout is not None
    end = time.monotonic() + 30
    while pending(tap.stdout) < CAPACITY:
        assert time.monotonic() < end, "the pipe is not filled"
        time.sleep(0.01)
    time.sleep(0.2)  # It is writing by now, and waits.
    tap.terminate()
    time.sleep(0.2)
    messages = [json.loads(line) for line in tap.communicate(timeout=30)[0].splitlines()]
    assert tap.returncode == 143
    records = Counter(each["stream"] for each in messages if each["type"] == "RECORD")
    told = {
        each["record"]["stream"]: each["record"]["row_count"]
        for each in messages
        if each["type"] == "RECORD" and each["stream"] == "sync_runs"
    }
    assert records["users"] > 0
    assert {name: records[name] for name in told} == told


CAPACITY = 2**16
"""Of a pipe (pipe(7))."""


def pending(stream: IO[bytes]) -> int:
    """Bytes that wait in a pipe."""
    counted = array("i", [0])
    fcntl.ioctl(stream, termios.FIONREAD, counted)
    return counted[0]


def test_a_tap_killed_below_meltano_fails_the_run(
    project: Project, company: Company, sandbox: Sandbox
) -> None:
    assert project.load() == 0
    sandbox.rudderstack.fault("/Users?startIndex", skip=2, delay=3)
    meltano = subprocess.Popen(
        [BIN / "meltano", "run", "tap-rudderstack", "target-postgres"],
        cwd=project.folder,
        env={**os.environ, **project.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(sandbox, 5)
    tap = next(
        child
        for child in psutil.Process(meltano.pid).children(recursive=True)
        if any("tap-rudderstack" in word for word in child.cmdline()[:2])
    )
    tap.kill()
    assert meltano.wait(timeout=60) == 1
    marked = project.database.query("select count(_sdc_deleted_at) as n from tap_rudderstack.users")
    assert marked == [{"n": 0}]


def test_two_signals_at_once_are_one(tmp_path: Path, sandbox: Sandbox) -> None:
    """On Ctrl-C the terminal sends SIGINT to all, and Meltano SIGTERM to the tap."""
    sandbox.rudderstack.fault("/Users?startIndex", skip=2, delay=0.5)
    command = tap_command(tmp_path, {**sandbox.rudderstack_config, "page_size": 20})
    tap = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    wait_for(sandbox, 7)
    tap.send_signal(signal.SIGINT)
    tap.terminate()
    output = tap.communicate(timeout=30)[0].decode()
    assert tap.returncode == 130
    assert json.loads(output.splitlines()[-1])["type"] == "STATE"


def test_a_signal_before_anything_is_read(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.rudderstack.fault("/Users", delay=20)
    command = tap_command(tmp_path, sandbox.rudderstack_config)
    tap = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(sandbox, 1)
    tap.terminate()
    output, log = tap.communicate(timeout=10)
    assert tap.returncode == 143
    assert output == b""
    assert b"the run was stopped by SIGTERM before anything was read" in log


def test_a_closed_pipe_is_told_without_a_traceback(tmp_path: Path, sandbox: Sandbox) -> None:
    command = tap_command(tmp_path, sandbox.rudderstack_config)
    tap = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert tap.stdout is not None
    assert tap.stderr is not None
    tap.stdout.close()
    log = tap.stderr.read().decode()
    tap.stderr.close()
    assert tap.wait(timeout=30) == 1
    assert "the loader closed the pipe" in log
    assert "Traceback" not in log
    assert "BrokenPipe" not in log


def test_nothing_is_written_with_a_wrong_token(tmp_path: Path, sandbox: Sandbox) -> None:
    run = spawn_tap(tmp_path, {**sandbox.rudderstack_config, "service_access_token": "wrong"})
    assert run.code == 1
    assert run.output == ""
    assert "organization-level service access token" in run.log.splitlines()[-1]
    assert "Traceback" not in run.log


def test_another_tenant_is_not_taken_for_a_removal(tmp_path: Path, sandbox: Sandbox) -> None:
    first = run_tap(tmp_path, sandbox.rudderstack_config)
    with Sandbox(Company.made_up(people=300, groups=6, memberships=500, seed=2)) as other:
        second = run_tap(tmp_path, other.rudderstack_config, state=first.state)
    assert second.code == 1
    assert second.verdicts.pop("audit_logs") == "complete"  # nothing is removed by a log
    assert set(second.verdicts.values()) == {"incomplete", "complete"}
    assert f"the last complete run covered {sandbox.scim_base_url}" in second.log
    assert second.kinds("ACTIVATE_VERSION") == []


def test_the_output_does_not_depend_on_the_concurrency(tmp_path: Path, sandbox: Sandbox) -> None:
    def comparable(concurrency: int) -> list[object]:
        config = {
            **sandbox.rudderstack_config,
            "max_concurrency": concurrency,
            "page_size": 13,
        }
        run = run_tap(tmp_path, config)
        assert run.code == 0
        return [
            (m["stream"], {k: v for k, v in m["record"].items() if k != "_sync_id"})
            for m in run.messages
            if m["type"] == "RECORD" and m["stream"] != "sync_runs"
        ]

    one, sixteen = comparable(1), comparable(16)
    assert one == sixteen
    assert len(one) > 1000


def test_messages_come_in_the_order_that_loaders_need(tmp_path: Path, sandbox: Sandbox) -> None:
    run = run_tap(tmp_path, sandbox.rudderstack_config)
    spoken = [
        (message["type"], message.get("stream"))
        for message, _ in itertools.groupby(
            run.messages, key=lambda m: {"type": m["type"], "stream": m.get("stream")}
        )
    ]
    for stream in ("users", "user_emails", "groups", "group_members"):
        places = [i for i, (_, name) in enumerate(spoken) if name == stream]
        assert [spoken[i][0] for i in places] == ["SCHEMA", "RECORD", "ACTIVATE_VERSION"]
    assert spoken[-2:] == [("RECORD", "sync_runs"), ("STATE", None)]
    assert run.kinds("SCHEMA")[-1]["stream"] == "sync_runs"
    assert ("ACTIVATE_VERSION", "sync_runs") not in spoken


def test_activation_can_be_turned_off(tmp_path: Path, sandbox: Sandbox) -> None:
    run = run_tap(tmp_path, {**sandbox.rudderstack_config, "emit_activate_version_messages": False})
    assert run.code == 0
    assert run.kinds("ACTIVATE_VERSION") == []


def test_one_selected_stream_makes_only_its_requests(tmp_path: Path, sandbox: Sandbox) -> None:
    catalog = select("groups")
    run = run_tap(tmp_path, sandbox.rudderstack_config, catalog=catalog)
    assert run.code == 0
    assert run.verdicts == {"groups": "complete"}
    listed = [path for path in sandbox.rudderstack.requests if "/Groups" in path]
    assert listed
    assert all("excludedAttributes=members" in path for path in listed)
    # One to prove access, and one to look at the rights again.
    assert len([path for path in sandbox.rudderstack.requests if "/Users" in path]) == 2
