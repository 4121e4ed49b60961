"""How many requests a run makes, and which: as few as the API allows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from sandbox.company import Company
from sandbox.kinde import ids
from sandbox.made_up import Size
from sandbox.server import Sandbox
from tap_kinde.tap import TapKinde
from tests.declared import paths_of
from tests.kinde.expected import DEFAULT, TABLES
from tests.kinde.runs import (
    ALL,
    TOKEN,
    assert_whole,
    expected,
    paths,
    read,
    run_kinde,
    small,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PAGE = 500
"""The rows of a page, p in the formula of the budget."""
MEMBERS = "/organizations/{org}/users"
NAMES = {"org_code": "org", "user_id": "user"}
NEEDED = {stream.name: paths_of(stream, NAMES) for stream in TapKinde.stream_types}
NEEDED["user_api_scopes"] = NEEDED["user_properties"]  # parts of the same search
"""What each stream asks for if it is the only one, besides a token."""


@pytest.fixture(scope="module")
def environment() -> Iterator[Sandbox]:
    with Sandbox(small()) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def undisturbed(environment: Sandbox) -> None:
    environment.kinde.requests.clear()


def pages(rows: int, page: int = PAGE) -> int:
    """Pages of a listing; one if there is nothing."""
    return max(1, -(-rows // page))


def walked(rows: int, page: int = PAGE) -> int:
    """Requests of a listing that goes on after a token: of several pages, each twice.

    W(n) = 1 if n <= p, or else 2 * ceil(n/p).
    """
    return 1 if rows <= page else 2 * pages(rows, page)


def budget(users: int, members: Sequence[int], holders: Sequence[int], permissions: int) -> int:
    """Requests of a run of the default streams.

    1 + W(U) + W(O) + sum over o of W(M_o) + W(R) + sum over r of W(A_r) + R + W(P) + 3, where
    a listing of n rows takes W(n): a token, users, organizations, the members of each, roles,
    the holders of each, the permissions of each, permissions; applications, APIs and
    connections.

    Args:
        users: U.
        members: M_o, of each of O organizations.
        holders: A_r, the people who hold each of R roles anywhere.
        permissions: P, also the most that a role has; all in one page.
    """
    assert permissions <= PAGE
    return (
        len(["token", "permissions", "applications", "apis", "connections"])
        + walked(users)
        + walked(len(members))
        + sum(map(walked, members))
        + walked(len(holders))
        + sum(map(walked, holders))
        + len(holders)
    )


def budget_of(company: Company) -> int:
    access = company.access
    members = [len(access.people_of(each)) for each in access.organizations.values()]
    memberships = [
        member for each in access.organizations.values() for member in access.people_of(each)
    ]
    held = {
        role.id: {member.holder.id for member in memberships if role in member.roles}
        for role in access.roles_of("organization", "person")
    }
    return budget(
        len(company.people), members, [len(h) for h in held.values()], len(access.permissions)
    )


def test_the_budget_of_a_large_environment_is_650_and_not_24500() -> None:
    """10,000 users, 500 organizations, 12,000 memberships, and 20 roles held 600 times each."""
    assert budget(10_000, [24] * 500, [600] * 20, 60) == 647


def test_the_budget_is_kept_to_the_request(tmp_path: Path) -> None:
    """1,010 users, 501 organizations, 2,600 memberships: more than a page of each."""
    company = Company.made_up(1010, 2, 20, size=Size(501, 2600, 50))
    with Sandbox(company) as sandbox:
        run = run_kinde(tmp_path, sandbox)
        assert run.code == 0, run.log
        assert set(run.verdicts.values()) == {"complete"}
        assert len(sandbox.kinde.requests) == budget_of(company) == 537
        times = Counter(sandbox.kinde.requests)
        again = {path for path in times if "next_token" in path}
        again |= {path.partition("&next_token")[0] for path in again}
        assert again == {path for path in times if times[path] > 1}
        assert max(times.values()) == 2
        assert paths(sandbox).count(TOKEN) == sandbox.kinde_server.tokens_issued == 1
    assert [len(run.records(each)) for each in ("users", "organization_users")] == [1010, 2600]
    assert sum(row["requests"] for row in run.records("sync_runs")) == budget_of(company) - 1


def test_all_streams_cost_a_request_for_each_thing_that_only_tells_for_itself(
    environment: Sandbox,
) -> None:
    """A search takes one more, for only an empty page ends it."""
    company, access = environment.company, environment.company.access
    run = read(environment, ALL)
    assert_whole(run, company, *TABLES)
    assert all(row["unknown_fields"] == 0 for row in run.records("sync_runs"))
    users, organizations = len(company.people), len(access.organizations)
    members = len(expected(company, "organization_users"))
    more = (
        len(["sign-ins", "search", "search", "system permissions", "directories", "api keys"])
        + 3 * users
        + 3 * organizations
        + 2 * members
        + 2 * len(access.roles_of("organization", "person"))
        + 2 * len(access.applications)
        + 2 * len(access.apis)
    )
    assert len(environment.kinde.requests) == budget_of(company) + more == 248
    assert len(set(environment.kinde.requests)) == len(environment.kinde.requests)


@pytest.mark.parametrize("stream", TABLES)
def test_one_stream_makes_only_the_requests_that_it_needs(
    stream: str, environment: Sandbox
) -> None:
    run = read(environment, stream)
    assert_whole(run, environment.company, stream)
    assert set(paths(environment)) == NEEDED[stream] | {TOKEN}
    asked = environment.kinde.requests
    assert len(set(asked)) == len(asked)
    assert sum(row["requests"] for row in run.records("sync_runs")) == len(asked) - 1
    if stream in DEFAULT:
        assert len(asked) < budget_of(environment.company)


def test_streams_out_of_one_response_share_it(environment: Sandbox) -> None:
    shared = ("users", "user_identities", "user_organizations")
    run = read(environment, *shared, "user_properties", "user_api_scopes", "user_mfa")
    assert run.code == 0, run.log
    people = len(environment.company.people)
    assert len(environment.kinde.requests) == 1 + pages(people) + (1 + pages(people)) + people
    listing = [path for path in environment.kinde.requests if "/api/v1/users?" in path]
    assert listing == ["/kinde/api/v1/users?expand=organizations%2Cidentities&page_size=500"]


def test_without_people_or_organizations_there_is_nothing_to_ask_for_each() -> None:
    company = Company.made_up(0, 1, 0, size=Size(organizations=0, memberships=0, sign_ins=0))
    with Sandbox(company) as sandbox:
        run = read(sandbox, ALL)
        assert run.code == 0, run.log
        assert set(run.verdicts.values()) == {"complete"}
        assert "/users/{user}/mfa" not in paths(sandbox)
        assert MEMBERS not in paths(sandbox)
        sandbox.kinde.requests.clear()
        assert read(sandbox).code == 0
        assert len(sandbox.kinde.requests) == budget_of(company)


@pytest.mark.parametrize("size", [23, 24, 25])
def test_only_what_takes_several_pages_is_walked_twice(environment: Sandbox, size: int) -> None:
    assert len(environment.company.people) == 24
    read(environment, "users", page_size=size)
    assert len(environment.kinde.requests) - 1 == walked(24, size) == (4 if size == 23 else 1)


def test_each_application_is_asked_for_whatever_its_type(environment: Sandbox) -> None:
    """No document says that machine-to-machine applications have none."""
    applications = environment.company.access.applications.values()
    assert any(each.kind == "machine" for each in applications)
    for stream in ("application_connections", "application_access_roles"):
        environment.kinde.requests.clear()
        read(environment, stream)
        asked = paths(environment)
        assert asked.count(f"/applications/{{id}}/{stream.partition('_')[2]}") == len(applications)


def test_pages_are_as_large_as_allowed_or_as_wanted(environment: Sandbox) -> None:
    read(environment, "application_access_roles", "directories", "organization_details")
    asked = environment.kinde.requests
    assert all("page_size=100" in path for path in asked if "access_roles" in path)
    assert any("/directories?page_size=500" in path for path in asked)
    assert not any("page_size" in path for path in asked if "/organization?" in path)
    asked.clear()
    read(environment, "users", page_size=7)
    assert len(asked) == 1 + walked(len(environment.company.people), 7)
    asked.clear()
    read(environment, "connections", page_size=2)
    assert len(asked) == 1 + pages(len(expected(environment.company, "connections")), 2)
    asked.clear()
    read(environment, "users", page_size=5000)
    assert [path for path in asked if "page_size=5000" in path] == []


def test_what_is_asked_for_is_told_to_no_one_else(environment: Sandbox) -> None:
    """Requests name a person or an organization in the path, and nobody's address or secret."""
    read(environment, ALL)
    asked = "\n".join(environment.kinde.requests)
    assert environment.kinde_server.client_secret not in asked
    assert not any(person.email in asked for person in environment.company.people.values())
    assert any(ids.user_id(person) in asked for person in environment.company.people.values())
