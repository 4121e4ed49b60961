"""The event store as an audit log: each event once, none lost, and no secret."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.zitadel import ids, payloads
from tap_zitadel import events
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
from tests.zitadel.runs import expected, listen, read, records, to_now, verdict

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.server import Sandbox
    from tests.running import Message


# Run after run


def test_three_runs_see_each_event_once(sandbox: Sandbox, company: Company) -> None:
    """Also those that share the microsecond of the bookmark."""
    table = Table(sandbox)
    run = table.load()
    assert table.rows == expected(company, STREAM)
    latest = max(row["creation_date"] for row in table.rows.values())
    assert bookmark(run) == latest.replace(tzinfo=timezone.utc)

    company.pace = timedelta(0)
    sign_in(company, 4)
    people = list(company.people.values())
    company.suspend(people[7])
    assert company.now == latest.replace(tzinfo=timezone.utc)
    table.load()
    assert table.rows == expected(company, STREAM)

    company.pace = timedelta(minutes=2)
    company.remove(people[9])
    company.access.dissolve(list(company.access.organizations.values())[3])
    sign_in(company, 12)
    heard = listen(sandbox)
    run = table.load()
    assert table.rows.keys() == expected(company, STREAM).keys()
    (asked,) = searches(heard)
    since = latest - timedelta(minutes=5)
    bound = since.replace(tzinfo=timezone.utc) - MICROSECOND  # it is exclusive
    assert datetime.fromisoformat(asked["range"]["since"]) == bound
    assert keys(run) == {k for k, row in table.rows.items() if row["creation_date"] >= since}


def test_who_signed_in_when_is_told(sandbox: Sandbox, company: Company) -> None:
    sign_in(company, 9)
    found = records(read(sandbox, STREAM), STREAM).values()
    told = {
        (row["aggregate_id"], row["creation_date"])
        for row in found
        if row["event_type"] == "user.human.password.check.succeeded"
    }
    assert told == {
        (ids.user_id(each.person), naive(each.at))
        for each in company.access.sign_ins
        if each.person and each.succeeded
    }
    failed = [row for row in found if row["event_type"].endswith("password.check.failed")]
    assert len(failed) == sum(not e.succeeded for e in company.access.sign_ins if e.person) > 0


def test_a_start_date_bounds_the_first_run(sandbox: Sandbox, company: Company) -> None:
    company.pace = timedelta(minutes=3)
    sign_in(company, 12)
    start = company.access.sign_ins[-5].at
    run = read(sandbox, STREAM, start_date=start.isoformat())
    edge = naive(start)
    wanted = {k for k, row in expected(company, STREAM).items() if row["creation_date"] >= edge}
    assert edge in {row["creation_date"] for row in expected(company, STREAM).values()}
    assert keys(run) == wanted
    assert 0 < len(wanted) < len(expected(company, STREAM))


@pytest.mark.parametrize("status", [500, 403])
def test_a_run_that_fails_in_the_middle_never_moves_the_bookmark(
    sandbox: Sandbox, company: Company, status: int
) -> None:
    first = read(sandbox, STREAM)
    sandbox.zitadel_server.happen("user.added", USER, count=1700, spread=timedelta(seconds=1))
    sandbox.zitadel.fault(SEARCH, status=status, body=b"{}", skip=2)
    failed = read(sandbox, STREAM, state=first.state, max_retries=0)
    assert failed.code == 1
    assert verdict(failed, STREAM)["status"] == "failed"
    assert bookmark(failed) == bookmark(first)
    sandbox.zitadel.faults.clear()
    run = read(sandbox, STREAM, state=failed.state)
    assert keys(first) | keys(run) == set(expected(company, STREAM))


def test_another_instance_is_read_from_its_beginning(sandbox: Sandbox, company: Company) -> None:
    first = read(sandbox, STREAM)
    first.state["bookmarks"][STREAM]["last_complete"]["coverage"] = ["https://other.zitadel.cloud"]
    run = read(sandbox, STREAM, state=first.state)
    assert keys(run) == set(expected(company, STREAM))


# Late to be seen


class Clock(datetime):
    """A clock that is ahead."""

    ahead = timedelta(0)

    @classmethod
    def now(cls, tz: Any = None) -> Clock:
        moment = datetime.now(tz) + cls.ahead
        return cls.fromtimestamp(moment.timestamp(), tz)


def test_what_begins_before_the_bookmark_and_is_committed_later_is_found(
    sandbox: Sandbox, company: Company
) -> None:
    """The events of a transaction bear the date of its begin."""
    table = Table(sandbox)
    first = table.load()
    mark = bookmark(first)
    assert mark is not None
    for seconds in (1, 30, 60, 240, 299):
        sandbox.zitadel_server.happen(
            "user.added", ("user", f"{seconds}"), at=mark - timedelta(seconds=seconds)
        )
    second = table.load()
    assert table.rows == expected(company, STREAM)
    assert bookmark(second) == mark


def test_the_bookmark_never_passes_now_minus_the_lag(
    sandbox: Sandbox, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_now(company)
    now, server = datetime.now(timezone.utc), sandbox.zitadel_server
    for age in (300, 120, 50, 20, 0):
        server.happen("user.added", ("user", f"{age}"), at=now - timedelta(seconds=age))
    first = read(sandbox, STREAM)
    mark = bookmark(first)
    assert mark is not None
    assert mark <= datetime.now(timezone.utc) - timedelta(seconds=60)
    seen = {key[1] for key in keys(first)}
    assert {"300", "120"} < seen
    assert not seen & {"50", "20", "0"}

    monkeypatch.setattr(events, "datetime", Clock)
    monkeypatch.setattr(Clock, "ahead", timedelta(minutes=2))
    server.happen("user.added", ("user", "late"), at=now - timedelta(seconds=90))
    second = read(sandbox, STREAM, state=first.state)
    assert {"50", "20", "0", "late"} <= {key[1] for key in keys(second)}
    assert keys(first) | keys(second) == set(expected(company, STREAM))


# Payloads


def names_in(value: Any) -> set[str]:
    """All names in a structure, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(names_in, value.values()))
    return set().union(*map(names_in, value)) if isinstance(value, list) else set()


def test_there_are_no_payloads_unless_asked_for(sandbox: Sandbox) -> None:
    run = read(sandbox, STREAM)
    assert {row["payload"] for row in records(run, STREAM).values()} == {None}
    assert "S3CRET" not in run.output


def test_payloads_come_without_secrets_at_any_depth(sandbox: Sandbox, company: Company) -> None:
    server = sandbox.zitadel_server
    hidden = {name: f"S3CRET {name}" for name in payloads.SECRETS}
    deep = {"kept": 1, **hidden, "list": [{"kept": 2, **hidden, "in": [[hidden]]}], "in": hidden}
    server.happen("made.up", ("user", "deep"), payload=deep)
    sign_in(company, 6)
    told = {event.kind: event.payload for event in server.store}
    assert "S3CRET" in json.dumps(list(told.values()))
    run = read(sandbox, STREAM, event_payload="redacted")
    assert run.code == 0, run.log
    assert "S3CRET" not in run.output
    found = records(run, STREAM)
    assert not names_in([row["payload"] for row in found.values()]) & payloads.SECRETS
    assert found[("user", "deep", 1)]["payload"] == {
        "kept": 1,
        "list": [{"kept": 2, "in": [[{}]]}],
        "in": {},
    }
    person = next(iter(company.people.values()))
    added = next(r for r in found.values() if r["event_type"] == "user.human.added")
    assert added["payload"]["firstName"] == person.given
    assert "encodedHash" in told["user.human.added"]


CRYPTED = {"cryptoType": 0, "algorithm": "aes", "keyId": "1", "crypted": "S3CRET"}


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("idpintent.succeeded", {"idpIdToken": "S3CRET", "idpUserId": "1"}),
        ("idpintent.succeeded", {"idpAccessToken": CRYPTED, "idpUserId": "1"}),
        ("org.domain.verification.added", {"domain": "a.example", "validationCode": CRYPTED}),
        ("org.idp.ldap.v2.added", {"id": "1", "bindPassword": CRYPTED}),
        ("org.idp.saml.v2.added", {"id": "1", "key": CRYPTED}),
    ],
)
def test_payloads_come_without_the_secrets_that_zitadel_names_otherwise(
    sandbox: Sandbox, kind: str, payload: Message
) -> None:
    sandbox.zitadel_server.happen(kind, USER, payload=payload)
    run = read(sandbox, STREAM, event_payload="redacted")
    assert run.code == 0, run.log
    assert "S3CRET" not in run.output
