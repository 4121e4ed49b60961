"""Recorded runs whose account loses its role over the instance before they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.running import Run, run_tap, select
from tests.zitadel.recordings import Asked, truth
from tests.zitadel.role_lost import FOLDER, RoleLost

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNS: Mapping[str, str] = {
    "before_users_no_role_left": "2026-11-27T19:24:36Z",
    "before_users_organization_role_left": "2026-11-27T19:24:36Z",
    "before_applications_permission_check_v2_no_role_left": "2026-11-27T19:24:36Z",
    "before_applications_permission_check_v2_organization_role_left": "2026-11-27T19:24:36Z",
    "before_opt_in_no_role_left": "2026-11-27T19:26:25Z",
}
"""The runs, and from when on each asked for events."""


@pytest.fixture(scope="module", params=RUNS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder, replay = tmp_path_factory.mktemp("role"), RoleLost(request.param)
    catalog = select(tap="tap-zitadel")
    settings = {"start_date": RUNS[request.param], "max_concurrency": 1, "max_retries": 0}
    with replay.served() as server:
        done = run_tap(folder, {**server, **settings}, tap="tap-zitadel", catalog=catalog)
    assert replay.lost
    return done


def test_the_run_fails_and_removes_nothing_that_it_did_not_read(run: Run) -> None:
    assert run.code == 1
    complete = {stream for stream, verdict in run.verdicts.items() if verdict == "complete"}
    activated = {message["stream"] for message in run.kinds("ACTIVATE_VERSION")}
    assert activated <= complete
    assert "SECRET-" not in run.output


@pytest.mark.parametrize("name", RUNS)
def test_a_question_after_the_loss_is_answered_as_after_others(name: str) -> None:
    replay, about = RoleLost(name), Asked("GET", "/admin/v1/instances/me")
    before = replay.to(about)
    assert before
    assert before.status == 200
    replay.lost = True
    after = replay.to(about)
    assert after
    assert after.status == (403 if "organization_role_left" in name else 404)
    assert replay.to(Asked("POST", "/v2/never/asked", json={})) is None


def test_no_stream_is_complete_with_fewer_rows_than_there_are(run: Run) -> None:
    keys = {each["stream"]: each["key_properties"] for each in run.kinds("SCHEMA")}
    lost = {}
    for stream, rows in truth(FOLDER)["instance_account"].items():
        assert run.verdicts[stream] in ("complete", "incomplete", "failed"), stream
        if run.verdicts[stream] == "complete":
            found = {tuple(row[name] for name in keys[stream]) for row in run.records(stream)}
            lost[stream] = {tuple(row[name] for name in keys[stream]) for row in rows} - found
    assert lost
    assert {stream: len(missing) for stream, missing in lost.items() if missing} == {}
