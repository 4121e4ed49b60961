"""Lists with short pages, wrong totals or no order, that change while they are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.zitadel import ids
from tests.zitadel.runs import (
    activated,
    assert_whole,
    expected,
    listen,
    membership_of,
    paths,
    read,
    records,
    serve,
    verdict,
)

if TYPE_CHECKING:
    from sandbox.server import Sandbox
    from tests.running import Run

USERS = "/v2/users"
AUTHORIZATIONS = "/zitadel.authorization.v2.AuthorizationService/ListAuthorizations"
PROJECTS = "/zitadel.project.v2.ProjectService/ListProjects"
GRANTS_V1 = "/management/v1/users/grants/_search"
OLD, NEW = (2, 71), (4, 13)


@pytest.fixture
def old(running: Sandbox, company: Company) -> Sandbox:
    return serve(running, company, OLD)


def assert_not_silently_lost(run: Run, stream: str, staying: set[Any]) -> None:
    """What was there all the time is there, or nothing is taken for deleted."""
    found, row = set(records(run, stream)), verdict(run, stream)
    assert staying <= found or row["status"] == "incomplete", (row["status"], staying - found)
    assert (stream in activated(run)) == (row["status"] == "complete")


# Pages


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 9, 10, 27, 28, 1000, 5000])
def test_any_page_size_brings_each_row_once(
    sandbox: Sandbox, company: Company, page_size: int
) -> None:
    """Also where the last page is full, after which the server says that there is nothing."""
    streams = ("users", "authorizations", "projects", "project_grants", "project_roles")
    run = read(sandbox, *streams, page_size=page_size)
    assert len(expected(company, "users")) == 27
    assert_whole(run, company, *streams)


def test_more_rows_than_a_page_may_hold_are_read(running: Sandbox) -> None:
    """1,003 users and 1,100 authorizations, with the page size by default."""
    company = Company.made_up(1000, 1, 0, size=Size(organizations=3, memberships=1400, sign_ins=0))
    assert len(expected(serve(running, company).zitadel_server.company, "authorizations")) > 1000
    heard = listen(running)
    run = read(running, "users", "authorizations")
    assert_whole(run, company, "users", "authorizations")
    paging = [each.body.get("query") or each.body["pagination"] for each in heard if each.body]
    assert {each["limit"] for each in paging} == {1000}
    assert all(each["asc"] is True for each in paging)


def test_every_list_of_v2_is_asked_for_in_an_order(sandbox: Sandbox) -> None:
    heard = listen(sandbox)
    run = read(sandbox, page_size=3)
    assert run.code == 0, run.log
    paged = [each for each in heard if "query" in (each.body or {}) or "pagination" in each.body]
    unordered = {each.path for each in paged if "sortingColumn" not in each.body}
    lists_v2 = {each for each in unordered if not each.startswith(("/management/", "/admin/"))}
    assert lists_v2 == set()


# What the server leaves out after its limit


def hide(sandbox: Sandbox, path: str, name: str, hidden: set[str]) -> None:
    """Let a list leave rows out after the limit, as it does for lack of rights."""

    def change(told: Any, asked: Any) -> None:
        key = "userId" if name == "result" else "id"
        kept = [row for row in told.pop(name, []) if row[key] not in hidden]
        told.update({name: kept} if kept else {})

    listen(sandbox, path, change)


LISTS = pytest.mark.parametrize(
    ("stream", "path", "name"),
    [("users", USERS, "result"), ("authorizations", AUTHORIZATIONS, "authorizations")],
    ids=["users", "authorizations"],
)


def hidden_rows(company: Company, stream: str, place: str) -> tuple[set[str], set[str]]:
    """All rows by their ids, and those that are left out, so that pages of 5 are short."""
    every = sorted(key for (key,) in expected(company, stream))
    part = {"first": every[:9], "middle": every[8:20], "last": every[-9:]}
    return set(every), set(part.get(place, every[::3]))


PLACES = pytest.mark.parametrize("place", ["first", "middle", "last", "scattered"])


@LISTS
@PLACES
def test_over_short_and_empty_pages_all_that_may_be_seen_is_read_and_nothing_removed(
    sandbox: Sandbox, company: Company, stream: str, path: str, name: str, place: str
) -> None:
    every, hidden = hidden_rows(company, stream, place)
    hide(sandbox, path, name, hidden)
    run = read(sandbox, stream, page_size=5)
    assert {key for (key,) in records(run, stream)} == every - hidden
    assert verdict(run, stream)["status"] == "incomplete"
    assert activated(run) == set()


@LISTS
@PLACES
def test_how_many_of_how_many_rows_may_be_seen_is_told(
    sandbox: Sandbox, company: Company, stream: str, path: str, name: str, place: str
) -> None:
    every, hidden = hidden_rows(company, stream, place)
    hide(sandbox, path, name, hidden)
    run = read(sandbox, stream, page_size=5)
    said = re.search(r"(\d+) of (\d+) rows were found", verdict(run, stream)["reason"])
    assert said is not None
    assert int(said[1]) <= len(every) - len(hidden) < int(said[2]) == len(every)


@pytest.mark.parametrize(
    ("permission", "lacking", "status"),
    [
        ("user.grant.read", "authorizations", "incomplete"),
        ("project.grant.read", "project_grants", "skipped"),
    ],
)
def test_a_list_of_which_nothing_may_be_seen_is_not_complete(
    sandbox: Sandbox, permission: str, lacking: str, status: str
) -> None:
    """The server answers 200 to the one, 403 to the other."""
    sandbox.zitadel_server.account.denied = {permission}
    run = read(sandbox, "authorizations", "project_grants", on_missing_scope="skip")
    assert run.code == (status == "incomplete")
    assert verdict(run, lacking)["status"] == status
    assert activated(run) == {"authorizations", "project_grants"} - {lacking}


# Totals


@pytest.mark.parametrize("version", [(4, 2), (4, 3)], ids=str)
@pytest.mark.parametrize("page_size", [5, 1000])
def test_users_are_whole_where_each_of_their_metadata_is_counted(
    running: Sandbox, company: Company, version: tuple[int, int], page_size: int
) -> None:
    run = read(serve(running, company, version), "users", page_size=page_size)
    assert_whole(run, company, "users")


def test_users_of_an_organization_are_not_proven_where_their_metadata_are_counted(
    running: Sandbox, company: Company
) -> None:
    """Only an account of the whole instance learns the version."""
    organization = ids.organization_id(next(iter(company.access.organizations.values())))
    run = read(serve(running, company, (4, 3)), "users", organization_id=organization)
    assert len(run.records("users")) > 10
    assert run.verdicts == {"users": "incomplete"}, run.log
    assert "24 of 48 rows were found" in verdict(run, "users")["reason"]


@pytest.mark.parametrize(
    "page_size",
    [2, 3, 7, 1000],
)
def test_totals_that_are_those_of_the_page_end_nothing(
    running: Sandbox, company: Company, page_size: int
) -> None:
    sandbox = serve(running, company, (5, 0))
    sandbox.zitadel_server.relational_tables = True
    run = read(sandbox, "organizations", "sessions", page_size=page_size)
    assert_whole(run, company, "organizations", "sessions")


@pytest.mark.parametrize("more", [1, -1, 30])
def test_a_total_that_is_never_right_is_incomplete(sandbox: Sandbox, more: int) -> None:
    """Unless it is too low by less than a page, which the rows themselves refute."""

    def change(told: Any, asked: Any) -> None:
        if "totalResult" in told["pagination"]:
            total = int(told["pagination"]["totalResult"]) + more
            told["pagination"]["totalResult"] = str(total)

    rows = set(records(read(sandbox, "authorizations"), "authorizations"))
    listen(sandbox, AUTHORIZATIONS, change)
    run = read(sandbox, "authorizations", page_size=10)
    assert set(records(run, "authorizations")) == rows
    assert verdict(run, "authorizations")["status"] == ("incomplete" if more > 0 else "complete")


# Lists that change while they are read


@pytest.mark.parametrize("times", [1, None])
def test_users_who_leave_between_pages_take_nobody_with_them(
    sandbox: Sandbox, company: Company, times: int | None
) -> None:
    people = list(company.people.values())[8:]
    first = sorted(people, key=ids.user_id)

    def leave() -> None:
        if len(first) > 12:
            company.remove(first.pop(0))

    fault = sandbox.zitadel.fault(USERS, call=leave, skip=1, times=times)
    run = read(sandbox, "users", page_size=6, max_concurrency=1)
    assert fault.delivered >= 1
    assert_not_silently_lost(run, "users", set(expected(company, "users")))
    if times == 1:
        assert run.verdicts == {"users": "complete"}


@pytest.mark.parametrize("concurrency", [1, 8])
def test_users_who_come_between_pages_hide_nobody(
    sandbox: Sandbox, company: Company, concurrency: int
) -> None:
    staying = set(expected(company, "users"))
    came = sandbox.zitadel.fault(USERS, call=company.hire, skip=1, times=2)
    run = read(sandbox, "users", page_size=6, max_concurrency=concurrency)
    assert came.delivered == 2
    assert_not_silently_lost(run, "users", staying)
    assert set(records(run, "users")) <= set(expected(company, "users"))


@pytest.mark.parametrize("skip", [1, 2, 3])
def test_a_user_who_replaces_another_hides_none(
    sandbox: Sandbox, company: Company, skip: int
) -> None:
    """The total stays as it was."""
    leaver = min(list(company.people.values())[8:], key=ids.user_id)

    def replace() -> None:
        company.remove(leaver)
        company.hire()

    staying = set(expected(company, "users")) - {(ids.user_id(leaver),)}
    fault = sandbox.zitadel.fault(USERS, call=replace, skip=skip, times=1)
    run = read(sandbox, "users", page_size=6, max_concurrency=1)
    assert fault.delivered == 1
    assert_not_silently_lost(run, "users", staying)


# Projects, which are listed once more for each grant


@pytest.mark.parametrize("page_size", [2, 3, 4, 1000])
def test_each_project_comes_once_however_many_grants_it_has(
    sandbox: Sandbox, company: Company, page_size: int
) -> None:
    run = read(sandbox, "projects", "project_roles", page_size=page_size)
    assert_whole(run, company, "projects", "project_roles")
    assert len(expected(company, "project_grants")) == 6
    roles = [path for path in paths(sandbox) if path.endswith("ListProjectRoles")]
    assert len(roles) >= 3
    if page_size == 1000:
        assert len(roles) == 3


def test_grants_that_move_between_pages_hide_no_project(sandbox: Sandbox, company: Company) -> None:
    """All rows of a project share the column that is sorted by."""
    opened = iter(list(company.access.organizations.values()) * 50)

    def touch() -> None:
        organization = next(opened)
        company.access.rename(organization, organization.name)

    fault = sandbox.zitadel.fault(PROJECTS, call=touch, skip=1)
    run = read(sandbox, "projects", page_size=3, max_concurrency=1)
    assert fault.delivered > 1
    assert_not_silently_lost(run, "projects", set(expected(company, "projects")))


# v1: without a limit, or in pages without an order


def test_v1_is_asked_for_all_at_once(old: Sandbox, company: Company) -> None:
    heard = listen(old)
    run = read(old, "projects", "authorizations", "administrators", page_size=2)
    assert_v1_whole(run, company, "projects", "administrators")
    assert set(records(run, "authorizations")) == set(expected(company, "authorizations"))
    v1 = [each for each in heard if each.path.startswith(("/management/", "/admin/v1/members"))]
    assert v1
    assert [each for each in v1 if "limit" in each.body["query"]] == []
    assert all("x-zitadel-orgid" in e.headers for e in v1 if e.path.startswith("/management/"))


def assert_v1_whole(run: Run, company: Company, *streams: str) -> None:
    assert run.code == 0, run.log
    for stream in streams:
        assert run.verdicts[stream] == "complete"
        assert records(run, stream) == expected(company, stream), stream


@pytest.mark.parametrize("max_message", [12_000, 4_000, 2_000])
def test_what_is_too_large_for_one_response_is_read_in_pages(
    old: Sandbox, company: Company, max_message: int
) -> None:
    """A 429 that no repetition cures: nothing is asked for twice in the same size."""
    old.zitadel_server.max_message = max_message
    heard = listen(old)
    run = read(old, "authorizations", max_concurrency=1)
    assert run.code == 0, run.log
    assert set(records(run, "authorizations")) == set(expected(company, "authorizations"))
    limits = [each.body["query"].get("limit") for each in heard if each.path == GRANTS_V1]
    assert any(limits)
    asked = [
        (each.headers.get("x-zitadel-orgid"), str(each.body))
        for each in heard
        if each.path == GRANTS_V1 and each.body["query"].get("limit") != 1
    ]
    again = [each for each in set(asked) if asked.count(each) > 1]
    assert all("'offset': 0" in body for _, body in again)  # The start of what is in pages.


@pytest.mark.parametrize("skip", range(1, 6))
def test_rows_that_move_between_pages_without_an_order_are_not_lost(
    old: Sandbox, company: Company, skip: int
) -> None:
    """An update takes a row to the end of its table."""
    held = sorted(expected(company, "authorizations").values(), key=lambda row: row["change_date"])
    moving = [membership_of(company, r["id"]) for r in held if r["organization_id"] != ids.HOME][:4]

    def touch() -> None:
        for member in moving:
            company.access.entitle(member, *member.roles)

    old.zitadel_server.max_message = 3_000
    fault = old.zitadel.fault(GRANTS_V1, call=touch, skip=skip, times=1)
    run = read(old, "authorizations", max_concurrency=1)
    assert fault.delivered == 1
    assert_not_silently_lost(run, "authorizations", set(expected(company, "authorizations")))


def test_a_list_of_v1_that_never_has_as_many_rows_as_it_says_is_incomplete(
    old: Sandbox, company: Company
) -> None:
    def change(told: Any, asked: Any) -> None:
        if told.get("result"):
            del told["result"][1:2]

    listen(old, GRANTS_V1, change)
    run = read(old, "authorizations")
    assert run.code == 1
    assert verdict(run, "authorizations")["status"] == "incomplete"
    assert activated(run) == set()
    assert set(records(run, "authorizations")) < set(expected(company, "authorizations"))
