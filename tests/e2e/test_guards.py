"""What keeps a read of less from looking like removals."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from identity_sdk.report.key_sample import SIZE, Sample
from identity_sdk.report.run_report import RunReport
from sandbox.company import Company
from tests.running import Pipe, run_tap, select
from tests.warehouse import derived_removals

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.server import Sandbox


@pytest.fixture
def company() -> Company:
    return Company.made_up(people=300, groups=10, memberships=200)


def test_a_shrunken_stream_is_not_believed_until_it_is_accepted(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    config = sandbox.rudderstack_config
    first = run_tap(tmp_path, config)
    assert "the shrink guard is inactive for this run" in first.log
    for person in list(company.people.values())[:200]:
        company.remove(person)
    second = run_tap(tmp_path, config, state=first.state)
    assert second.code == 1
    assert second.verdicts["users"] == "incomplete"
    assert "100 rows instead of 300" in second.log
    assert "accept_shrink" in second.log
    assert "users" not in {m["stream"] for m in second.kinds("ACTIVATE_VERSION")}
    third = run_tap(tmp_path, {**config, "accept_shrink": True}, state=second.state)
    assert third.code == 0
    assert "accepted: 100 rows instead of 300" in third.records("sync_runs")[0]["reason"]
    fourth = run_tap(tmp_path, {**config, "accept_shrink": True}, state=third.state)
    assert set(fourth.verdicts.values()) == {"complete"}
    assert "nothing shrank: unset it" in fourth.log


def test_as_many_other_rows_are_a_shrunken_stream_too(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    """RudderStack's URL is the same for all customers: a wrong token shows other people."""
    first = run_tap(tmp_path, sandbox.rudderstack_config)
    people = list(company.people.values())
    for _ in people:
        company.hire()
    for person in people:
        company.remove(person)
    second = run_tap(tmp_path, sandbox.rudderstack_config, state=first.state)
    assert second.code == 1
    assert second.verdicts["users"] == second.verdicts["user_emails"] == "incomplete"
    assert "about 100% of the rows of the last complete run are missing" in second.log


def test_members_of_groups_that_are_not_believed_are_not_either(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    first = run_tap(tmp_path, sandbox.rudderstack_config)
    groups = sorted(company.groups.values(), key=lambda group: len(group.members))
    for group in groups[:7]:
        company.close(group)
    second = run_tap(tmp_path, sandbox.rudderstack_config, state=first.state)
    assert second.verdicts["groups"] == "incomplete"
    assert second.verdicts["group_members"] == "incomplete"
    assert "its parent stream `groups` is incomplete" in second.log


def test_a_clock_that_was_put_back(pipe: Pipe, company: Company) -> None:
    """Else all that the later run saw would look removed, and what is gone would not."""
    assert pipe.run() == 0
    assert pipe.state is not None
    pipe.state["bookmarks"]["sync_runs"]["last_run"] += 600_000
    before = pipe.state["bookmarks"]["sync_runs"]["last_run"]
    assert pipe.run() == 0
    assert "The clock is 6" in pipe.log or "The clock is 5" in pipe.log
    assert pipe.state["bookmarks"]["sync_runs"]["last_run"] == before + 1
    leaver = list(company.people.values())[5]
    company.remove(leaver)
    assert pipe.run() == 0
    assert pipe.removed("users", "id") == derived_removals(pipe, "users", "id") == {(leaver.id,)}


def test_runs_sort_by_time_whatever_the_clock_says() -> None:
    last, ids = 0, []
    for _ in range(50):
        report = RunReport(last)
        last = report.millis + random.choice((0, 0, 5_000))
        ids.append(report.sync_id)
    assert ids == sorted(ids)
    assert len(set(ids)) == 50


@pytest.mark.parametrize("rows", [1, SIZE, SIZE + 1, 20_000])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_a_sample_tells_the_share_that_is_gone(rows: int, share: float) -> None:
    first = Sample()
    first.add((f"id-{number}",) for number in range(rows))
    assert len(first.marks) == min(rows, SIZE)
    gone = int(rows * share)
    second = Sample(first.marks)
    kept = random.Random(1).sample(range(gone, rows), rows - gone)
    for place in range(0, len(kept), 100):
        second.add((f"id-{number}",) for number in kept[place : place + 100])
    exact = gone / rows
    assert second.lost == pytest.approx(exact, abs=0.0001 if rows <= SIZE else 0.2)
    if not gone:
        assert second.marks == first.marks


def test_a_catalog_cannot_change_keys_or_replication(
    tmp_path: Path, company: Company, sandbox: Sandbox
) -> None:
    def change(entry: dict[str, object]) -> None:
        entry.pop("key_properties", None)
        for field in entry["metadata"]:  # type: ignore[attr-defined]
            if not field["breadcrumb"]:
                field["metadata"].pop("table-key-properties", None)
                if entry["tap_stream_id"] == "users":
                    field["metadata"]["forced-replication-method"] = "INCREMENTAL"
                    field["metadata"]["replication-key"] = "meta_last_modified"
        entry["replication_method"] = None
        entry["replication_key"] = None

    catalog = select("users", "audit_logs", edit=change)
    first = run_tap(tmp_path, sandbox.rudderstack_config, catalog=catalog)
    assert first.code == 0, first.log
    keys = {m["stream"]: m["key_properties"] for m in first.kinds("SCHEMA")}
    assert keys["users"] == ["id"]
    assert "users: the catalog asks for INCREMENTAL replication" in first.log
    second = run_tap(tmp_path, sandbox.rudderstack_config, catalog=catalog, state=first.state)
    assert len(second.records("users")) == len(company.people)
    assert {row["stream"]: row["mode"] for row in second.records("sync_runs")} == {
        "users": "full",
        "audit_logs": "incremental",
    }
