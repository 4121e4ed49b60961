"""Kinde's sign-ins: incremental by `active_since`, each change seen, nothing read anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.company import Company
from sandbox.kinde import ids
from sandbox.made_up import Size
from tests.kinde.runs import TAP, by_key, expected, read, verdict
from tests.running import Pipe, select
from tests.warehouse import contents

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.model import Person
    from sandbox.server import Sandbox
    from sandbox.warehouse import Database
    from tests.running import Message

STREAM = "user_sign_ins"
OVERLAP = timedelta(hours=1)


@pytest.fixture
def company() -> Company:
    """Sixty people who all signed in once, an hour and a half apart."""
    company = Company.made_up(60, 2, 10, size=Size(organizations=3, memberships=80, sign_ins=0))
    company.pace = timedelta(minutes=90, microseconds=1001)
    for person in list(company.people.values())[:-1]:
        sign_in(company, person)
    return company


def sign_in(company: Company, *people: Person) -> None:
    web = next(a for a in company.access.applications.values() if a.kind == "web")
    for person in people:
        company.access.sign_in(web, person)


def bookmark(state: Message | None) -> str:
    assert state is not None
    value: str = state["bookmarks"][STREAM]["replication_key_value"]
    return value


def since(sandbox: Sandbox) -> list[datetime | None]:
    """From when each request for users asked."""
    asked = [urlsplit(path) for path in sandbox.kinde.requests if "/api/v1/users?" in path]
    told = [parse_qs(each.query).get("active_since", [None])[0] for each in asked]
    return [datetime.fromisoformat(each.replace("Z", "+00:00")) if each else None for each in told]


def found(run: Any) -> set[str]:
    return {row["user_id"] for row in run.records(STREAM)}


def test_three_runs_see_each_change_and_read_no_more_than_that(
    tmp_path: Path, database: Database, company: Company, sandbox: Sandbox
) -> None:
    pipe = Pipe(tmp_path, database, sandbox, TAP)
    pipe.config["page_size"] = 10
    pipe.catalog = select(STREAM, tap=TAP)
    people = list(company.people.values())
    for changed in ([], people[:3], [people[-1], people[1]]):
        last = max(p.signed_in for p in people if p.signed_in)
        sign_in(company, *changed)
        sandbox.kinde.requests.clear()
        assert pipe.run() == 0, pipe.log
        rows = by_key(STREAM, contents(database, pipe.schema, STREAM))
        assert rows == expected(company, STREAM)
        if changed:
            assert since(sandbox) == [last - OVERLAP]
    runs = database.query(f"select * from {pipe.schema}.sync_runs order by sync_id")
    assert [(row["mode"], row["status"]) for row in runs] == [("incremental", "complete")] * 3
    assert [row["row_count"] for row in runs] == [59, 1 + 3, 1 + 2]
    assert [row["requests"] for row in runs] == [2 * 6, 1, 1]
    assert pipe.removed(STREAM, "user_id") == set()


def test_the_first_run_reads_all_who_ever_signed_in(company: Company, sandbox: Sandbox) -> None:
    run = read(sandbox, STREAM)
    assert since(sandbox) == [None]
    assert by_key(STREAM, run.records(STREAM)).keys() == expected(company, STREAM).keys()
    assert len(run.records(STREAM)) == len(company.people) - 1
    assert run.kinds("ACTIVATE_VERSION") == []


def test_a_start_date_bounds_the_first_run(company: Company, sandbox: Sandbox) -> None:
    moments = sorted(p.signed_in for p in company.people.values() if p.signed_in)
    run = read(sandbox, STREAM, start_date=moments[-5].isoformat())
    assert since(sandbox) == [moments[-5]]
    assert len(run.records(STREAM)) == 5
    sandbox.kinde.requests.clear()
    read(sandbox, STREAM, start_date=moments[0].isoformat(), state=run.state)
    assert since(sandbox) == [moments[-1] - OVERLAP]


def test_who_signs_in_while_the_list_is_walked_is_seen_by_the_next_run_at_the_latest(
    company: Company, sandbox: Sandbox
) -> None:
    """Whoever appears on a page that was read is later than the bookmark less an hour."""
    company.pace = timedelta(seconds=1)
    first = read(sandbox, STREAM)
    people = sorted(company.people.values(), key=ids.user_id)
    sign_in(company, *people[20:50])
    late = sandbox.kinde.fault("next_token", call=lambda: sign_in(company, people[0]), times=1)
    second = read(sandbox, STREAM, page_size=10, state=first.state, max_concurrency=1)
    assert late.delivered == 1
    third = read(sandbox, STREAM, state=second.state)
    seen = {row["user_id"]: row["last_signed_in"] for row in third.records(STREAM)}
    assert people[0].signed_in is not None
    assert datetime.fromisoformat(seen[ids.user_id(people[0])]) == people[0].signed_in


def test_a_sign_in_is_not_passed_by_where_somebody_leaves_meanwhile(
    company: Company, sandbox: Sandbox
) -> None:
    first = read(sandbox, STREAM)
    people = sorted(company.people.values(), key=ids.user_id)
    sign_in(company, *people)
    left = sandbox.kinde.fault("next_token", call=lambda: company.remove(people[0]), times=1)
    second = read(sandbox, STREAM, page_size=10, state=first.state, max_concurrency=1)
    assert left.delivered == 1
    third = read(sandbox, STREAM, state=second.state)
    assert found(second) | found(third) >= {ids.user_id(person) for person in people[1:]}


def test_a_failed_run_never_moves_the_bookmark(company: Company, sandbox: Sandbox) -> None:
    """Rows come by id, not by time: the latest may have been read before the others."""
    first = read(sandbox, STREAM)
    people = list(company.people.values())
    sign_in(company, *people[:30])
    fault = sandbox.kinde.fault("next_token", status=400, body=b"{}")
    failed = read(sandbox, STREAM, page_size=10, state=first.state)
    assert failed.code == 1
    assert fault.delivered == 1
    assert verdict(failed, STREAM)["status"] == "failed"
    assert len(failed.records(STREAM)) == 10
    assert bookmark(failed.state) == bookmark(first.state)
    sandbox.kinde.faults.clear()
    run = read(sandbox, STREAM, state=failed.state)
    assert found(run) >= {ids.user_id(person) for person in people[:30]}
    assert bookmark(run.state) > bookmark(first.state)


@pytest.mark.parametrize("quirk", ["stuck_token", "empty_tail"])
def test_an_incomplete_run_never_moves_the_bookmark(
    company: Company, sandbox: Sandbox, quirk: str
) -> None:
    first = read(sandbox, STREAM)
    sign_in(company, *list(company.people.values())[:30])
    setattr(sandbox.kinde_server, quirk, True)
    run = read(sandbox, STREAM, page_size=10, state=first.state)
    assert verdict(run, STREAM)["status"] == "incomplete"
    assert bookmark(run.state) == bookmark(first.state)


def test_another_environment_is_read_from_its_beginning(sandbox: Sandbox) -> None:
    first = read(sandbox, STREAM)
    first.state["bookmarks"][STREAM]["last_complete"]["coverage"] = ["https://other.kinde.com"]
    sandbox.kinde.requests.clear()
    run = read(sandbox, STREAM, state=first.state)
    assert since(sandbox) == [None]
    assert len(run.records(STREAM)) == 59


def test_users_and_sign_ins_are_two_listings(company: Company, sandbox: Sandbox) -> None:
    """One is whole, the other only what is new."""
    first = read(sandbox, "users", STREAM)
    sandbox.kinde.requests.clear()
    run = read(sandbox, "users", STREAM, state=first.state)
    assert len(run.records("users")) == len(company.people)
    assert len(run.records(STREAM)) == 1
    assert [each is None for each in since(sandbox)] == [True, False]
