"""The traps in Kinde's pages, each as the emulator lays it: nothing is lost in silence."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.kinde import ids
from tests.kinde.expected import DEFAULT, TABLES
from tests.kinde.runs import (
    ALL,
    activated,
    assert_keys,
    assert_whole,
    by_key,
    changing,
    expected,
    paths,
    read,
    verdict,
)

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.server import Sandbox
    from tests.running import Run

USERS = ("users", "user_identities", "user_organizations")
WALKS = 2
"""Of a listing of several pages that go on after a token: the second finds nothing new."""
SEARCHED = ("user_properties", "user_api_scopes")
BY_ID = (
    "connections", "directories", "api_keys", "user_identity_details", "application_access_roles",
)  # fmt: skip
"""Streams whose pages go on after an id, and say so."""
UNDECLARED = ("apis", "user_sessions", "organization_connections", "application_connections")
"""Streams whose paging is declared by their envelope alone."""


def assert_incomplete(run: Run, *streams: str, reason: str) -> None:
    """These streams are not proven whole, and so nothing is taken for deleted."""
    assert run.code == 1
    for stream in streams:
        row = verdict(run, stream)
        assert row["status"] == "incomplete", row
        parent = re.fullmatch("its parent stream `.*` is incomplete", row["reason"])
        assert reason in row["reason"] or parent, row
    assert reason in run.log
    assert activated(run).isdisjoint(streams)


# Tokens


@pytest.mark.parametrize("empty", [1, 3])
def test_up_to_three_empty_pages_are_followed(
    company: Company, sandbox: Sandbox, empty: int
) -> None:
    sandbox.kinde_server.empty_pages = empty
    run = read(sandbox, page_size=5)
    assert_whole(run, company, *DEFAULT)
    assert paths(sandbox).count("/users") == WALKS * (5 + 4 * empty)


def test_four_empty_pages_in_a_row_are_incomplete(company: Company, sandbox: Sandbox) -> None:
    sandbox.kinde_server.empty_pages = 4
    run = read(sandbox, *USERS, "roles", page_size=5)
    assert_incomplete(run, *USERS, reason="4 pages in a row had no new rows")
    assert len(run.records("users")) == 5
    assert paths(sandbox).count("/users") == 1 + 4
    assert activated(run) == {"roles"}


def test_an_endless_tail_of_empty_pages_is_incomplete(company: Company, sandbox: Sandbox) -> None:
    """All rows are there, but only because they are; it could be otherwise."""
    sandbox.kinde_server.empty_tail = True
    run = read(sandbox)
    tokens = [each for each in DEFAULT if each not in ("apis", "connections")]
    assert_incomplete(run, *tokens, reason="")
    assert activated(run) == {"apis", "connections"}
    assert_keys(run, company, *USERS)
    assert "users incomplete: 4 pages in a row had no new rows" in run.log


def test_a_token_that_gets_no_further_is_incomplete(company: Company, sandbox: Sandbox) -> None:
    sandbox.kinde_server.stuck_token = True
    run = read(sandbox, page_size=10)
    assert_incomplete(
        run, *USERS, reason="the server returned a cursor that it had returned before"
    )
    # What the members tell is compared; but their second look proves nothing, and settles nothing.
    assert paths(sandbox).count("/users") == 2
    whole = {each for each, status in run.verdicts.items() if status == "complete"}
    small_ones = {"organizations", "roles", "role_permissions", "apis", "connections"}
    assert activated(run) == whole == small_ones


def test_an_id_that_gets_no_further_is_incomplete(sandbox: Sandbox) -> None:
    sandbox.kinde_server.stuck_token = True
    streams = ("connections", "directories", "api_keys", *SEARCHED)
    run = read(sandbox, *streams, page_size=2)
    assert_incomplete(
        run, *streams, reason="the server returned a cursor that it had returned before"
    )
    assert activated(run) == set()
    for path in ("/connections", "/directories", "/api_keys", "/search/users"):
        assert paths(sandbox).count(path) == 2


@pytest.mark.parametrize("end", ["", None])
def test_an_empty_token_is_no_token(company: Company, sandbox: Sandbox, end: str | None) -> None:
    sandbox.kinde_server.end_token = end
    assert_whole(read(sandbox, page_size=7), company, *DEFAULT)


@pytest.mark.parametrize("size", [2, 23, 24, 25])
def test_rows_do_not_depend_on_the_size_of_pages(
    company: Company, sandbox: Sandbox, size: int
) -> None:
    streams = [*DEFAULT, *SEARCHED, *BY_ID]
    assert_whole(read(sandbox, *streams, page_size=size), company, *streams)


# Rows


def test_a_list_that_is_null_is_empty(company: Company, sandbox: Sandbox) -> None:
    sandbox.kinde_server.null_lists = True
    assert_whole(read(sandbox, ALL), company, *TABLES)


def test_a_row_that_is_on_two_pages_is_read_once(company: Company, sandbox: Sandbox) -> None:
    """Each further page begins with the last row of the one before, in each walk."""
    sandbox.kinde_server.duplicate_ids = True
    streams = [*DEFAULT, *BY_ID]
    run = read(sandbox, *streams, page_size=10)
    assert_whole(run, company, *streams)
    repeats = {row["stream"]: row["repeats"] for row in run.records("sync_runs")}
    assert [repeats[each] for each in USERS] == [WALKS * 2] * 3
    assert repeats["permissions"] == WALKS * 3
    assert repeats["organizations"] == repeats["connections"] == 0


def test_a_search_that_repeats_the_row_it_starts_after_is_incomplete(sandbox: Sandbox) -> None:
    """It never ends with an empty page, which alone would prove that there are no more."""
    sandbox.kinde_server.duplicate_ids = True
    run = read(sandbox, *SEARCHED, page_size=10)
    assert_incomplete(
        run, *SEARCHED, reason="the server returned a cursor that it had returned before"
    )
    assert_keys(run, sandbox.company, *SEARCHED)


@pytest.mark.parametrize("times", [1, None])
def test_rows_that_differ_under_one_id_are_incomplete_if_they_stay_so(
    company: Company, sandbox: Sandbox, times: int | None
) -> None:
    """A user who is renamed once, while the pages move, is a change; else which form is right?"""
    sandbox.kinde_server.duplicate_ids = True
    names = (f"Newname{number}" for number in itertools.count())

    def rename() -> None:
        name = next(names)
        for person in company.people.values():
            company.rename(person, name)

    fault = sandbox.kinde.fault("next_token", call=rename, times=times)
    run = read(sandbox, *USERS, page_size=10)
    assert fault.delivered
    if times:
        assert run.code == 0, run.log
    else:
        assert_incomplete(run, *USERS, reason="keys belong to two different rows")


# Rows that slip past, as others go


def test_a_user_who_leaves_meanwhile_hides_nobody(company: Company, sandbox: Sandbox) -> None:
    """Pages count rows: if one goes from a page that was read, one moves there unseen."""
    leaver = min(company.people.values(), key=ids.user_id)
    left = sandbox.kinde.fault("next_token", call=lambda: company.remove(leaver), times=1)
    run = read(sandbox, *USERS, "organization_users", page_size=10, max_concurrency=1)
    assert left.delivered == 1
    assert run.code == 0, run.log
    found = by_key("users", run.records("users"))
    assert found.keys() == expected(company, "users").keys() | {(ids.user_id(leaver),)}
    for stream in USERS:
        assert expected(company, stream).keys() <= by_key(stream, run.records(stream)).keys()
    assert activated(run) == {*USERS, "organization_users"}
    # The second walk finds one, the third none; and the comparison asks for the leaver again.
    assert paths(sandbox).count("/users") == 3 * 3 + 1


def test_a_member_who_leaves_meanwhile_hides_nobody(company: Company, sandbox: Sandbox) -> None:
    largest = max(company.access.memberships.values(), key=len)
    memberships = {ids.user_id(member.holder): member for member in largest.values()}  # type: ignore[arg-type]
    leaver = memberships[min(memberships)]
    path = f"/{ids.organization_code(leaver.organization)}/users?page_size=10&next_token"
    left = sandbox.kinde.fault(path, call=lambda: company.access.remove_member(leaver), times=1)
    run = read(sandbox, "users", "organization_users", page_size=10, max_concurrency=1)
    assert left.delivered == 1
    assert run.code == 0, run.log
    found = by_key("organization_users", run.records("organization_users"))
    gone = (ids.organization_code(leaver.organization), min(memberships))
    assert found.keys() == expected(company, "organization_users").keys() | {gone}
    assert set(run.verdicts.values()) == {"complete"}
    assert activated(run) == {"users", "organization_users"}


def test_a_listing_in_which_each_walk_finds_another_is_incomplete(
    company: Company, sandbox: Sandbox
) -> None:
    joined = sandbox.kinde.fault("next_token", call=lambda: company.hire())
    run = read(sandbox, *USERS, "roles", page_size=10)
    reason = "walks found"
    assert_incomplete(run, *USERS, reason=reason)
    assert joined.delivered == paths(sandbox).count("/users") - 6
    assert activated(run) == {"roles"}


@pytest.mark.parametrize("stream", ["connections", "directories", "api_keys"])
def test_what_goes_on_after_an_id_is_walked_once(
    company: Company, sandbox: Sandbox, stream: str
) -> None:
    """Whoever goes before an id moves nobody past it."""
    assert_whole(read(sandbox, stream, page_size=1), company, stream)
    assert len(sandbox.kinde.requests) == 1 + len(expected(company, stream)) > 2


def test_a_row_without_an_id_is_not_lost_in_silence(
    company: Company, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(body: dict[str, Any], request: Any) -> None:
        for row in body["organization_users"][:1]:
            row["id"] = None

    path = "/organizations/{org_code}/users"
    monkeypatch.setattr(sandbox.kinde_server, "_body", changing(sandbox, path, forget))
    run = read(sandbox, "organization_users")
    assert_incomplete(run, "organization_users", reason="rows have no id")


# Paging that is not declared


@pytest.mark.parametrize("size", [1, 2, 500])
def test_paging_that_is_not_declared_is_followed(
    company: Company, sandbox: Sandbox, size: int
) -> None:
    sandbox.kinde_server.undeclared = "paged"
    assert_whole(read(sandbox, *UNDECLARED, page_size=size), company, *UNDECLARED)


def test_what_does_not_heed_where_to_go_on_is_incomplete(
    company: Company, sandbox: Sandbox
) -> None:
    sandbox.kinde_server.undeclared = "deaf"
    run = read(sandbox, *UNDECLARED, page_size=1)
    assert_incomplete(
        run, *UNDECLARED, reason="the server returned a cursor that it had returned before"
    )
    assert activated(run) == set()
    whole = read(sandbox, *UNDECLARED)
    assert_whole(whole, company, *UNDECLARED)
