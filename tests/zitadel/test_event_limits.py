"""Events of which there are more at once, or in one response, than the server can tell."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.zitadel.event_runs import (
    MICROSECOND,
    SEARCH,
    STREAM,
    USER,
    Table,
    bookmark,
    keys,
    searches,
    sign_in,
)
from tests.zitadel.expected_shared import naive
from tests.zitadel.runs import expected, listen, read, verdict

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.server import Sandbox

    pass


@pytest.mark.parametrize("count", [999, 1000, 1001, 2500])
def test_a_burst_within_a_second_is_read_whole(
    sandbox: Sandbox, company: Company, count: int
) -> None:
    spread = timedelta(seconds=1) / count
    sandbox.zitadel_server.happen("user.added", USER, count=count, spread=spread)
    company.now += timedelta(seconds=2)
    sign_in(company, 3)
    table = Table(sandbox)
    run = table.load()
    assert table.rows == expected(company, STREAM)
    assert verdict(run, STREAM)["requests"] <= 30


def test_transactions_of_many_events_each_are_read_whole(
    sandbox: Sandbox, company: Company
) -> None:
    """Their events share one date; 900 and 400 in neighbouring microseconds."""
    server = sandbox.zitadel_server
    for number, count in enumerate((900, 400, 999, 1)):
        server.happen("user.added", USER, at=company.now + number * MICROSECOND, count=count)
    table = Table(sandbox)
    table.load()
    assert table.rows == expected(company, STREAM)


@pytest.mark.parametrize(("count", "requests"), [(1500, 10), (2500, 14), (4500, 22)])
def test_events_of_one_aggregate_and_one_microsecond_are_read_whole(
    sandbox: Sandbox, company: Company, count: int, requests: int
) -> None:
    """Such as metadata that were set at once; no response has more than 1,000 of them."""
    sandbox.zitadel_server.happen("user.metadata.set", USER, count=count)
    heard = listen(sandbox)
    table = Table(sandbox)
    run = table.load()
    assert table.rows == expected(company, STREAM)
    assert verdict(run, STREAM)["repeats"] == 0
    assert len(searches(heard)) <= requests
    assert any("sequence" in asked for asked in searches(heard)) is (count > 2000)


def test_events_of_two_aggregates_and_one_microsecond_are_read_whole(
    sandbox: Sandbox, company: Company
) -> None:
    for aggregate in (USER, ("org", "1")):
        sandbox.zitadel_server.happen("made.up", aggregate, count=1800)
    table = Table(sandbox)
    table.load()
    assert table.rows == expected(company, STREAM)


def test_more_aggregates_than_can_be_read_at_one_microsecond_are_not_silent(
    sandbox: Sandbox, company: Company
) -> None:
    """As if a project with 2,500 authorizations was removed; what is there besides is read."""
    first = read(sandbox, STREAM)
    company.now += timedelta(minutes=20)
    crowd = company.now
    for number in range(2500):
        sandbox.zitadel_server.happen("user.grant.cascade.removed", ("usergrant", f"g{number}"))
    company.now += timedelta(minutes=20)
    sign_in(company, 3)
    run = read(sandbox, STREAM, state=first.state)
    row = verdict(run, STREAM)
    assert run.code == 1
    assert row["status"] == "incomplete"
    assert row["reason"].startswith("at least 2000 events have the timestamp ")
    assert str(crowd) in row["reason"]
    assert bookmark(run) == bookmark(first)
    later = {k for k, r in expected(company, STREAM).items() if r["creation_date"] > naive(crowd)}
    assert 0 < len(later) < 100
    assert later <= keys(run)

    advised = (crowd + timedelta(minutes=10)).isoformat()
    after = read(sandbox, STREAM, state=first.state, start_date=advised)
    assert after.code == 0, after.log
    assert later <= keys(after)


# Responses that are too large


def test_events_too_large_for_one_response_are_asked_for_in_smaller_pieces(
    sandbox: Sandbox, company: Company
) -> None:
    """30 metadata of 300 KB are 9 MB; a response has 4 MiB at most. Nothing is slept over."""
    company.now += timedelta(minutes=20)
    payload = {"key": "picture", "value": "x" * 300_000}
    spread = timedelta(seconds=1)
    server = sandbox.zitadel_server
    server.happen("user.metadata.set", USER, count=30, spread=spread, payload=payload)
    company.now += timedelta(minutes=20)
    sign_in(company, 3)
    refused: list[int] = []

    def note(told: Any, asked: Any) -> None:
        if "larger than max" in told.get("message", ""):
            refused.append(asked["limit"])

    heard = listen(sandbox, SEARCH, note)
    table = Table(sandbox)
    table.load()
    assert table.rows == expected(company, STREAM)
    assert refused
    limits = [asked["limit"] for asked in searches(heard)]
    assert limits[0] == 1000
    assert min(limits) < 30
    assert len(limits) < 40, limits
    assert limits[-1] > min(limits), "it asks for more again"


def test_large_events_of_one_microsecond_are_read_whole(sandbox: Sandbox, company: Company) -> None:
    payload = {"key": "picture", "value": "x" * 300_000}
    sandbox.zitadel_server.happen("user.metadata.set", USER, count=40, payload=payload)
    table = Table(sandbox)
    table.load()
    assert table.rows == expected(company, STREAM)


def test_an_event_that_no_response_can_hold_is_not_silent(
    sandbox: Sandbox, company: Company
) -> None:
    first = read(sandbox, STREAM)
    company.now += timedelta(minutes=20)
    payload = {"value": "x" * 5_000_000}
    sandbox.zitadel_server.happen("user.metadata.set", USER, payload=payload)
    run = read(sandbox, STREAM, state=first.state)
    row = verdict(run, STREAM)
    assert (run.code, row["status"]) == (1, "failed")
    assert "too large" in row["reason"]
    assert bookmark(run) == bookmark(first)
