"""How many requests a run makes, and which: as few as the API allows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.server import Sandbox
from sandbox.zitadel import ids
from tests.running import run_tap
from tests.zitadel.expected import DEFAULT, SINCE_5, TABLES
from tests.zitadel.runs import ALL, ME, ON_4, TAP, expected, listen, paths, read, serve, small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORGANIZATIONS, USERS = "/v2/organizations/_search", "/v2/users"
PROJECTS = "/ProjectService/ListProjects"
ONE = "/v2/organizations/{organization}"
USER = "/v2/users/{user}"
FIRST = "/admin/v1/instances/me"
NEEDED = {
    "instance": set(),
    "organizations": {ORGANIZATIONS},
    "organization_domains": {ORGANIZATIONS, f"{ONE}/domains/search"},
    "users": {USERS},
    "projects": {PROJECTS},
    "project_roles": {PROJECTS, "/ProjectService/ListProjectRoles"},
    "project_grants": {"/ProjectService/ListProjectGrants"},
    "authorizations": {"/AuthorizationService/ListAuthorizations"},
    "authorization_roles": {"/AuthorizationService/ListAuthorizations"},
    "administrators": {"/InternalPermissionService/ListAdministrators"},
    "applications": {"/ApplicationService/ListApplications"},
    "personal_access_tokens": {"/v2/users/pats/search"},
    "machine_keys": {"/v2/users/keys/search"},
    "application_keys": {"/ApplicationService/ListApplicationKeys"},
    "identity_providers": {
        ORGANIZATIONS,
        "/admin/v1/idps/templates/_search",
        "/management/v1/idps/templates/_search",
    },
    "groups": {"/GroupService/ListGroups"},
    "group_users": {"/GroupService/ListGroups"},
    "events": {"/admin/v1/events/_search"},
    "organization_metadata": {ORGANIZATIONS, f"{ONE}/metadata/search"},
    "user_metadata": {USERS, f"{USER}/metadata/search"},
    "user_auth_methods": {USERS, f"{USER}/authentication_methods"},
    "user_idp_links": {USERS, f"{USER}/links/_search"},
    "sessions": {"/v2/sessions/search"},
    "policies": {
        ORGANIZATIONS,
        *(
            f"/management/v1/policies/{kind}"
            for kind in ("login", "password/complexity", "password/age", "lockout")
        ),
    },
}
"""What each stream asks for if it is the only one, besides for the instance."""


@pytest.fixture(scope="module")
def instance() -> Iterator[Sandbox]:
    """153 users, 13 organizations, 200 memberships, on a server of version 4.13."""
    size = Size(organizations=12, memberships=200, sign_ins=40)
    with Sandbox(Company.made_up(150, 6, 90, size=size)) as sandbox:
        assert sandbox.zitadel_server.version == (4, 13)
        yield sandbox


@pytest.fixture(autouse=True)
def undisturbed(instance: Sandbox) -> None:
    instance.zitadel.requests.clear()


@pytest.fixture(scope="module")
def old() -> Iterator[Sandbox]:
    with Sandbox(small()) as sandbox:
        yield serve(sandbox, small(), (2, 71))


def pages(rows: int, size: int) -> int:
    """Pages of a list: each begins with the last row of the one before, and after one that is
    full, whatever the total says, there is another."""
    return 1 if rows < size else 2 + (rows - size) // (size - 1)


def looks(instance: Sandbox) -> int:
    """How often the rights were looked at again: not after streams that asked for nothing."""
    again = paths(instance).count(FIRST) - 1
    assert 0 < again <= len(TABLES)
    return again


def budget(company: Company, size: int = 1000) -> int:
    """Requests of a run of the default streams, in the sizes of the company, without `looks`.

    As in the contract: ceil(U/L) users, ceil((P+PG)/L) projects, P times their roles, ceil(PG/L)
    grants, ceil(G/L) authorizations, ceil(A/L) administrators, ceil(K/L) applications, one or
    more for each kind of key. Besides: 1 instance, ceil(O/L) organizations and O times their
    domains, 1 + O identity providers and 1 to see whether they may be read, 1 that finds no
    groups, and the events.
    """
    n = {table: len(expected(company, table)) for table in DEFAULT}
    roles = Counter(row["project_id"] for row in expected(company, "project_roles").values())
    listed = (
        "organizations", "users", "project_grants", "authorizations", "administrators",
        "applications", "personal_access_tokens", "machine_keys", "application_keys",
    )  # fmt: skip
    by_date = (n["projects"] + n["project_grants"], n["project_grants"], n["administrators"])
    assert n["events"] < 1000
    return (
        len(["instance", "groups", "events"])
        + sum(pages(n[table], size) for table in listed)
        + pages(n["projects"] + n["project_grants"], size)
        + sum(pages(rows, size) > 1 for rows in by_date)  # the start, looked at again
        + sum(pages(roles[project], size) for (project,) in expected(company, "projects"))
        + n["organizations"]
        + len(["identity providers of the instance", "those of one organization"])
        + n["organizations"]
    )


def test_the_budget_is_kept_to_the_request(instance: Sandbox) -> None:
    run = read(instance)
    assert run.code == 0, run.log
    assert {run.verdicts[table] for table in ON_4} == {"complete"}
    assert len(instance.zitadel.requests) - looks(instance) == budget(instance.company) == 44
    assert looks(instance) == 4
    assert instance.zitadel.requests[0] == ME
    told = sum(row["requests"] for row in run.records("sync_runs"))
    assert told <= len(instance.zitadel.requests) - len([ME])


@pytest.mark.parametrize(("size", "requests"), [(50, 52), (20, 67)])
def test_it_grows_with_the_pages_that_there_are(
    instance: Sandbox, size: int, requests: int
) -> None:
    run = read(instance, page_size=size)
    assert run.code == 0, run.log
    made = len(instance.zitadel.requests) - looks(instance)
    assert made == budget(instance.company, size) == requests


def test_opt_in_streams_cost_a_request_for_each(instance: Sandbox) -> None:
    """Users' metadata, and what only humans have; organizations' metadata and four policies."""
    run = read(instance, ALL)
    assert run.code == 0, run.log
    company = instance.company
    users, people = len(expected(company, "users")), len(company.people)
    organizations = len(expected(company, "organizations"))
    more = users + 2 * people + organizations + 4 * organizations + len(["sessions"])
    assert len(instance.zitadel.requests) - looks(instance) == budget(company) + more == 563


@pytest.mark.parametrize("stream", TABLES)
def test_one_stream_makes_only_the_requests_that_it_needs(instance: Sandbox, stream: str) -> None:
    run = read(instance, stream)
    rows = 0 if stream in SINCE_5 else len(expected(instance.company, stream))
    assert len(run.records(stream)) == rows
    assert set(paths(instance)) == NEEDED[stream] | {FIRST}
    assert paths(instance).count(FIRST) <= 2
    requests = len(instance.zitadel.requests)
    assert requests < budget(instance.company) or stream.startswith(("user_", "policies"))


def test_streams_out_of_one_response_share_it(instance: Sandbox) -> None:
    run = read(instance, "authorizations", "authorization_roles", "projects", "project_roles")
    assert run.code == 0, run.log
    projects = len(ids.projects(instance.company))
    made = len(instance.zitadel.requests) - looks(instance)
    assert made == len([ME, "authorizations", PROJECTS]) + projects


def test_test_reads_a_page_of_each_stream_and_writes_nothing(
    tmp_path: Path, instance: Sandbox
) -> None:
    run = run_tap(tmp_path, instance.zitadel_config, "--test", tap=TAP)
    assert run.code == 0, run.log
    assert run.output == ""
    assert all(f"{stream}: readable" in run.log for stream in ON_4)
    assert instance.zitadel.requests[0] == ME
    assert len(instance.zitadel.requests) <= budget(instance.company)


# v1


def budget_v1(company: Company) -> int:
    """Of a server of version 2.71: organizations, users and events are lists of the instance; all
    else is asked for once in each organization, project, application or machine, and each
    service of v2 that is missing once in vain."""
    n = {table: len(expected(company, table)) for table in ON_4}
    organizations, projects = n["organizations"], n["projects"]
    machines = len(ids.machines(company.access.applications.values()))
    missing = [
        "domains", "projects", "roles", "grants", "authorizations", "administrators",
        "applications", "tokens", "keys", "application keys", "groups",
    ]  # fmt: skip
    return (
        len(["instance", "organizations", "users", "events"])
        + len(missing)
        + organizations  # domains
        + 3 * organizations  # projects, grants, authorizations
        + (1 + organizations + projects + n["project_grants"])  # administrators
        + 2 * projects  # roles, applications
        + 2 * machines  # tokens, keys
        + n["applications"]  # their keys
        + (1 + organizations + 1)  # identity providers, and whether they may be read
    )


def read_v1(old: Sandbox, **settings: Any) -> None:
    old.zitadel.requests.clear()
    run = read(old, **settings)
    assert run.code == 0, run.log
    assert {run.verdicts[table] for table in ON_4} == {"complete"}


def test_v1_takes_one_request_for_each_organization_and_list(old: Sandbox) -> None:
    read_v1(old, max_concurrency=1)
    assert len(old.zitadel.requests) - looks(old) == budget_v1(old.company) == 98


def test_a_missing_service_is_asked_for_once_however_many_requests_are_in_flight(
    old: Sandbox,
) -> None:
    """Nearly: lists of organizations and of projects find out with all that are in flight."""
    read_v1(old)
    extra = len(old.zitadel.requests) - looks(old) - budget_v1(old.company)
    assert 0 <= extra <= 2 * (8 - 1)


def test_no_list_of_v1_is_read_twice(old: Sandbox) -> None:
    heard = listen(old)
    read_v1(old)
    asked = Counter(
        (each.path, each.headers.get("x-zitadel-orgid"))
        for each in heard
        if each.path.startswith(("/management/", "/admin/"))
    )
    again = {path for (path, _), times in asked.items() if times > 1}
    assert again == {
        ME.partition("zitadel")[2].rstrip("?"),
        "/management/v1/idps/templates/_search",
    }
