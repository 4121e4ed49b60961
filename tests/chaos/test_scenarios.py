"""A short form of `make fuzz`: each fault with some tap, each tap with several faults."""

from __future__ import annotations

import os
import signal
import subprocess
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from tests.chaos.evidence_faults import NAMES
from tests.chaos.faults import BY_NAME, FAULTS, NightFault
from tests.chaos.pipe import Moment, send
from tests.chaos.scenario import Night
from tests.chaos.vendors import VENDORS, Zitadel
from tests.running import BIN, Project, wait_for
from tests.zitadel.runs import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.server import Sandbox
    from sandbox.warehouse import Database
    from tests.chaos.injection import Delivered, Stage

NIGHTS = {
    "tap-kinde": (
        ("5xx, 10 % of requests", "token expires", "a page repeated", "loader killed"),
        (
            "token expires, no other is issued", "during the run someone leaves",
            "a page without its rows", "during the run an organization ends, another begins",
        ),
    ),
    "tap-logto": (
        ("connections reset, 10 % of requests", "totals too low", "no token is issued", "SIGKILL"),
        (
            "429 storm with Retry-After", "during the run access is revoked and given",
            "permission lost", "disk full at the loader",
        ),
    ),
    "tap-rudderstack": (
        ("429 storm without Retry-After", "server gone for good", "SIGINT", "5xx for good"),
        (
            "HTML instead of JSON, 10 % of requests", "HTML instead of JSON for good",
            "during the run someone joins", "clock put back by an hour",
        ),
    ),
    "tap-zitadel": (
        (
            "slow bodies, 10 % of requests", "credential revoked", "totals too high",
            "loader closes the pipe",
        ),
        (
            "truncated bodies, 10 % of requests", "during the run one leaves, another joins",
            "during the run names change", "SIGTERM",
        ),
    ),
}  # fmt: skip
"""For each tap two nights: faults one after another, then a run that nothing disturbs."""


def test_each_fault_and_each_tap_has_its_nights() -> None:
    put = [(tap, BY_NAME[name]) for tap, nights in NIGHTS.items() for name in chain(*nights)]
    assert {fault.name for _, fault in put} | NAMES == {fault.name for fault in FAULTS}
    assert all(tap in fault.taps for tap, fault in put)
    assert NIGHTS.keys() == VENDORS.keys()
    assert all(len(list(chain(*nights))) >= 4 for nights in NIGHTS.values())


@pytest.fixture
def night(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Iterator[Night]:
    """After a first run that was complete."""
    night = Night(tmp_path / "night", database, request.param)
    try:
        report = night.undisturbed()
        assert report.problems == []
        yield night
    finally:
        night.close()


@pytest.mark.parametrize("night", NIGHTS, indirect=True)
def test_nothing_is_lost_or_falsely_removed(night: Night) -> None:
    for faults in NIGHTS[night.pipe.tap]:
        for name in faults:
            report = night.disturbed(BY_NAME[name])
            assert report.delivered, name
            assert report.problems == [], name
        report = night.undisturbed()
        assert report.problems == [], faults


def in_the_middle(stage: Stage) -> Delivered:
    moment = stage.pipe.moment = Moment(stage.size // 2, send(signal.SIGTERM))
    return lambda: moment.delivered


@pytest.mark.parametrize("night", ["tap-kinde"], indirect=True)
def test_a_stopped_run_says_what_it_read(night: Night) -> None:
    report = night.disturbed(NightFault("SIGTERM", in_the_middle, "fails"))
    assert report.delivered == 1
    assert report.problems == []


def test_a_permission_lost_between_two_pages_is_no_removal(sandbox: Sandbox) -> None:
    """ZITADEL then shows the account itself and no other user, with that total."""
    vendor = Zitadel(sandbox)
    first = read(sandbox, page_size=30)
    assert first.verdicts["users"] == "complete"
    lost = sandbox.zitadel.fault("/v2/users?", skip=1, times=1, call=lambda: vendor.deny(0))
    second = read(sandbox, state=first.state, page_size=30)
    assert lost.delivered == 1
    assert 30 <= len(second.records("users")) < len(first.records("users"))
    assert second.verdicts["users"] != "complete"


def test_a_second_run_of_a_pipeline_is_refused(project: Project, sandbox: Sandbox) -> None:
    slow = sandbox.rudderstack.fault("/Users", delay=4)
    command = [str(BIN / "meltano"), "run", "tap-rudderstack", "target-postgres"]
    first = subprocess.Popen(
        command, cwd=project.folder, env={**os.environ, **project.environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(sandbox, 1)
    second = project.meltano("run", "tap-rudderstack", "target-postgres")
    slow.delay = 0
    assert second.returncode == 1
    assert "already running" in second.stderr + second.stdout
    assert first.wait(timeout=120) == 0
    assert slow.delivered
