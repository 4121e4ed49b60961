"""A short form of `make fuzz`: each fault with some tap, each tap with several faults."""

from __future__ import annotations

import os
import signal
import subprocess
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from tests.chaos.evidence_faults import NAMES
from tests.chaos.faults import BY_NAME, FAULTS, ChaosFault
from tests.chaos.pipe import Moment, send
from tests.chaos.scenario import Scenario
from tests.chaos.vendors import VENDORS, Zitadel
from tests.running import BIN, Project, wait_for
from tests.zitadel.runs import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.server import Sandbox
    from sandbox.warehouse import Database
    from tests.chaos.injection import Delivered, InjectionPoint

SCENARIOS = {
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
"""For each tap two scenarios: faults one after another, then a run that nothing disturbs."""


def test_each_fault_and_each_tap_has_its_nights() -> None:
    put = [
        (tap, BY_NAME[name]) for tap, sequences in SCENARIOS.items() for name in chain(*sequences)
    ]
    assert {fault.name for _, fault in put} | NAMES == {fault.name for fault in FAULTS}
    assert all(tap in fault.taps for tap, fault in put)
    assert SCENARIOS.keys() == VENDORS.keys()
    assert all(len(list(chain(*sequences))) >= 4 for sequences in SCENARIOS.values())


@pytest.fixture
def scenario(
    request: pytest.FixtureRequest, tmp_path: Path, database: Database
) -> Iterator[Scenario]:
    """After a first run that was complete."""
    scenario = Scenario(tmp_path / "scenario", database, request.param)
    try:
        report = scenario.undisturbed()
        assert report.problems == []
        yield scenario
    finally:
        scenario.close()


@pytest.mark.parametrize("scenario", SCENARIOS, indirect=True)
def test_nothing_is_lost_or_falsely_removed(scenario: Scenario) -> None:
    for faults in SCENARIOS[scenario.pipe.tap]:
        for name in faults:
            report = scenario.disturbed(BY_NAME[name])
            assert report.delivered, name
            assert report.problems == [], name
        report = scenario.undisturbed()
        assert report.problems == [], faults


def in_the_middle(point: InjectionPoint) -> Delivered:
    moment = point.pipe.moment = Moment(point.size // 2, send(signal.SIGTERM))
    return lambda: moment.delivered


@pytest.mark.parametrize("scenario", ["tap-kinde"], indirect=True)
def test_a_stopped_run_says_what_it_read(scenario: Scenario) -> None:
    report = scenario.disturbed(ChaosFault("SIGTERM", in_the_middle, "fails"))
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
