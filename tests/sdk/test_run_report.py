"""The ledger: verdicts, shrinkage, and the rows of `sync_runs`."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import identity_sdk
from identity_sdk.report.run_report import RunReport, Status, StreamResult

SCHEMAS = Path(identity_sdk.__file__).parent / "singer/schemas"


def result(row_count: int = 0, scope: tuple[str, ...] = ()) -> StreamResult:
    return StreamResult("users", "full", scope, row_count=row_count)


# Verdicts


def test_an_entry_has_no_verdict_at_first() -> None:
    fresh = result()
    assert (fresh.status, fresh.reason, fresh.ended_at) == (None, None, None)
    assert fresh.started_at.endswith("Z")


@pytest.mark.parametrize("first", get_args(Status))
def test_the_first_verdict_stands(first: Status) -> None:
    judged = result()
    judged.end(first, "because")
    ended = judged.ended_at
    for later in get_args(Status):
        judged.end(later, "no, because")
    assert (judged.status, judged.reason, judged.ended_at) == (first, "because", ended)
    assert ended is not None
    assert ended >= judged.started_at


def test_a_verdict_without_a_reason_takes_none_later() -> None:
    judged = result()
    judged.end("complete")
    judged.end("failed", "late")
    assert (judged.status, judged.reason) == ("complete", None)


# Shrinkage


@pytest.mark.parametrize(
    ("before", "after", "most", "shrunk"),
    [
        (100, 100, 0.5, False),
        (100, 200, 0.5, False),
        (100, 50, 0.5, False),
        (100, 49, 0.5, True),
        (100, 0, 0.5, True),
        (100, 99, 0, True),
        (100, 100, 0, False),
        (100, 0, 1, False),
        (0, 0, 0, False),
        (1, 0, 0.5, True),
        (3, 2, 0.5, False),
        (10**12, 5 * 10**11, 0.5, False),
    ],
)
def test_shrinkage_by_rows(before: int, after: int, most: float, shrunk: bool) -> None:
    reason = result(after).shrinkage({"coverage": [], "row_count": before}, most)
    expected = f"{after} rows instead of {before} at the last complete run"
    assert reason == (expected if shrunk else None)


@settings(deadline=None)
@given(st.integers(1, 10**6), st.integers(0, 100))
@example(10, 70)
def test_the_share_that_may_be_lost_may_be_lost(hundreds: int, percent: int) -> None:
    """Exactly `max_shrink` is no shrinkage, whatever binary fractions make of it."""
    before = {"coverage": [], "row_count": hundreds * 100}
    left = hundreds * (100 - percent)
    assert result(left).shrinkage(before, percent / 100) is None
    if left:
        assert result(left - 1).shrinkage(before, percent / 100) is not None


@pytest.mark.parametrize("before", [None, {}])
def test_without_an_earlier_run_nothing_shrank(before: dict[str, Any] | None) -> None:
    assert result(0, ()).shrinkage(before, 0) is None


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (["a", "b"], ("a",), "b"),
        (["b", "a"], (), "a, b"),
        (["a"], ("b",), "a"),
        (["e", "d", "c", "b", "a"], ("e",), "a, b, c and 1 more"),
        (["f", "e", "d", "c", "b", "a"], ("x",), "a, b, c and 3 more"),
    ],
)
def test_shrinkage_by_scope(before: list[str], after: tuple[str, ...], lost: str) -> None:
    reason = result(1000, after).shrinkage({"coverage": before, "row_count": 10}, 1)
    assert reason == f"the last complete run covered {lost}, this one does not"


def test_a_wider_scope_is_no_shrinkage() -> None:
    assert (
        result(10, ("b", "a", "c")).shrinkage({"coverage": ["a", "b"], "row_count": 10}, 0) is None
    )


def test_what_the_next_run_compares_with_survives_the_state() -> None:
    done = result(10, ("a", "b"))
    state = json.loads(json.dumps(done.as_last_complete))
    assert state == {"coverage": ["a", "b"], "filter": None, "row_count": 10, "sample": []}
    assert done.shrinkage(state, 0) is None
    assert result(9, ("a", "b")).shrinkage(state, 0) is not None


# The run


def test_failures_are_what_keeps_a_run_from_success() -> None:
    report = RunReport()
    for status in get_args(Status):
        report.open(status, "full", ()).end(status)
    report.open("open", "full", ())
    assert {failed.stream for failed in report.failures} == {"failed", "incomplete", "open"}


@pytest.mark.parametrize(
    ("status", "row_count", "read"),
    [
        ("complete", 0, True),
        ("unsupported", 0, False),
        ("failed", 0, False),
        ("incomplete", 0, False),
        ("skipped", 0, False),
        (None, 0, False),
        ("failed", 1, True),
        ("incomplete", 1, True),
        (None, 1, True),
    ],
)
def test_read_anything(status: Status | None, row_count: int, read: bool) -> None:
    report = RunReport()
    assert not report.read_anything
    report.open("other", "full", ()).end("failed")
    opened = report.open("users", "full", ())
    opened.row_count = row_count
    if status:
        opened.end(status)
    assert report.read_anything is read


def test_the_records_of_a_run() -> None:
    report = RunReport()
    done = report.open("users", "full", ("org", "team"))
    done.row_count, done.repeats, done.server_total, done.requests = 5, 1, 6, 3
    done.unknown |= {"new", "newer"}
    done.end("complete", "a note")
    cut = report.open("groups", "incremental", ())
    first, second = report.records()
    assert first == {
        "sync_id": report.sync_id,
        "stream": "users",
        "started_at": done.started_at,
        "ended_at": done.ended_at,
        "mode": "full",
        "status": "complete",
        "reason": "a note",
        "row_count": 5,
        "repeats": 1,
        "server_total": 6,
        "requests": 3,
        "unknown_fields": 2,
        "coverage": ["org", "team"],
    }
    assert (second["stream"], second["mode"]) == ("groups", "incremental")
    assert (second["status"], second["ended_at"]) == ("failed", None)
    assert cut.status is None


def test_records_are_of_the_schema() -> None:
    schema = json.loads((SCHEMAS / "sync_runs.json").read_text())
    report = RunReport()
    report.open("users", "full", ("org",)).end("complete")
    report.open("groups", "incremental", ())
    for record in report.records():
        jsonschema.validate(record, schema)
        assert record.keys() == schema["properties"].keys()


def test_each_run_has_an_id_of_its_own() -> None:
    ids = [RunReport().sync_id for _ in range(100)]
    assert len(set(ids)) == 100
    assert {uuid.UUID(each).version for each in ids} == {7}
