"""How many requests a run makes, and which: as few as the API allows."""

from __future__ import annotations

import io
import re
from collections import Counter
from contextlib import redirect_stdout
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.made_up import Size
from sandbox.model import Person, Role
from sandbox.server import Sandbox
from tap_logto.tap import TapLogto
from tests.declared import paths_of, single_requests
from tests.logto.expected import DEFAULT, TABLES
from tests.logto.expected_signed_in import OPT_IN
from tests.logto.runs import ALL, TAP, run_logto
from tests.running import run_tap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

TOKEN = "/oidc/token"
PREFLIGHT = "/logs"
"""Asked by each run, so that a wrong address is told before anything is written."""
ORGANIZATION = "/organizations/{id}"
NEEDED = {stream.name: paths_of(stream) for stream in TapLogto.stream_types}
"""What each stream asks for if it is the only one, besides a token and the preflight."""


@pytest.fixture(scope="module")
def tenant() -> Iterator[Sandbox]:
    """250 users, 12 organizations, one of them with 250 members, and 230 events."""
    size = Size(organizations=12, memberships=400, sign_ins=230)
    with Sandbox(Company.made_up(250, 6, 90, size=size)) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def undisturbed(tenant: Sandbox) -> None:
    tenant.logto.requests.clear()


@pytest.fixture(scope="module")
def discovered() -> dict[str, Any]:
    settings = {"base_url": "https://example.org", "client_id": "-", "client_secret": "-"}
    return TapLogto(config={**settings, "opt_in_streams": "all"}).catalog_dict


def paths(sandbox: Sandbox, requests: Iterable[str] | None = None) -> list[str]:
    """The endpoints that were asked, one for each request, or for each of those given."""
    given = sandbox.logto.requests if requests is None else requests
    asked = [request.removeprefix("/logto").partition("?")[0] for request in given]
    known = r"/(users|roles|organizations|applications)/[^/]+/"
    return [re.sub(known, r"/\1/{id}/", path.removeprefix("/api")) for path in asked]


def twice(sandbox: Sandbox) -> list[str]:
    """The endpoints of what was asked twice; nothing is asked more often."""
    times = Counter(sandbox.logto.requests)
    assert set(times.values()) <= {1, 2}
    return paths(sandbox, [request for request, asked in times.items() if asked == 2])


def pages(rows: int) -> int:
    """Pages of a hundred; one if there is nothing."""
    return max(1, -(-rows // 100))


def walks(rows: int) -> int:
    """Requests for a list whose rows nothing keeps in place: what fills a page is read twice."""
    return 1 if rows < 100 else 2 * pages(rows)


def newest_first(rows: int) -> int:
    """Requests for users: where they fill a page, the first is looked at again."""
    return pages(rows) + (rows >= 100)


def budget(company: Company) -> int:
    """Requests of a run of the default streams, in the sizes of the company.

    ceil(U/100) users and the holders of each role that is held, and one more where they fill a
    page; ceil(L/100) events; R times the scopes of roles, 4·O times what organizations have
    without a count, A' secrets of applications that may have some; and for each other list of
    n rows one, or if n >= 100 then 2·ceil(n/100): roles of both kinds, organizations, the
    members of each organization that has any.
    """
    access = company.access
    roles, organizations = access.roles_of("tenant"), list(access.organizations.values())
    holders = [len(access.holders_of(role)) for role in roles]
    members = [len(access.people_of(each)) for each in organizations]
    fixed = ["token", "preflight", *single_requests(TapLogto)]
    return (
        len(fixed)
        + newest_first(len(company.people))
        + walks(len(roles))
        + sum(newest_first(held) for held in holders if held)
        + len(roles)
        + walks(len(organizations))
        + sum(walks(memberships) for memberships in members if memberships)
        + walks(len(access.roles_of("organization")))
        + 4 * len(organizations)
        + sum(each.kind in ("machine", "web") for each in access.applications.values())
        + pages(len(access.sign_ins))
    )


def test_the_budget_is_kept_to_the_request(tmp_path: Path, tenant: Sandbox) -> None:
    run = run_logto(tmp_path, tenant)
    assert run.code == 0, run.log
    assert len(tenant.logto.requests) == budget(tenant.company)
    assert set(twice(tenant)) == {"/users", f"{ORGANIZATION}/users"}
    assert len(twice(tenant)) == 1 + pages(250)  # of the organization that all belong to
    told = sum(row["requests"] for row in run.records("sync_runs"))
    assert told == budget(tenant.company) - len([TOKEN, PREFLIGHT])
    assert paths(tenant).count(TOKEN) == tenant.logto_server.tokens_issued


def test_opt_in_streams_cost_a_request_for_each_that_may_have_some(
    tmp_path: Path, tenant: Sandbox
) -> None:
    run = run_logto(tmp_path, tenant, ALL)
    assert run.code == 0, run.log
    company = tenant.company
    applications = company.access.applications.values()
    third_party = sum(each.third_party for each in applications)
    controlled = sum(each.allowed is not None for each in applications)
    more = 4 * len(company.people) + third_party + controlled
    assert len(tenant.logto.requests) == budget(company) + more


@pytest.mark.parametrize("rows", [100, 101, 230])
def test_several_pages_of_what_nothing_keeps_in_place_are_read_twice(
    tmp_path: Path, rows: int
) -> None:
    """All lists that always page, other than users, who are listed newest first."""
    company = Company()
    access = company.access
    for number in range(rows):
        access.organization(f"Customer {number}")
        for level in ("tenant", "organization"):
            access.add(Role, name=f"Role {number}", description="-", level=level)
        person = company.hire()
        if number == 0:
            role = next(iter(access.roles_of("tenant")))
            organization = next(iter(access.organizations.values()))
        access.assign(role, person)
        access.add_member(organization, person)
    lists = {"/organizations", "/roles", "/organization-roles", f"{ORGANIZATION}/users"}
    users = {"/users", "/roles/{id}/users"}
    streams = ("organizations", "roles", "organization_roles", "users")
    with Sandbox(company) as sandbox:
        run = run_logto(tmp_path, sandbox, *streams, "organization_memberships", "role_users")
        assert run.code == 0, run.log
        asked, again = paths(sandbox), twice(sandbox)
        assert {path: asked.count(path) for path in lists} == dict.fromkeys(lists, walks(rows))
        assert set(again) == lists | users
        assert {asked.count(path) for path in users} == {newest_first(rows)}


def test_without_people_nothing_is_asked_for_each(tmp_path: Path) -> None:
    """No request for roles that nobody holds and organizations without members."""
    company = Company.made_up(0, 1, 0, size=Size(organizations=3, memberships=0, sign_ins=0))
    assert not any(isinstance(t, Person) for t in company.things())
    with Sandbox(company) as sandbox:
        run = run_logto(tmp_path, sandbox)
        assert run.code == 0, run.log
        assert len(sandbox.logto.requests) == budget(company)
        assert "/roles/{id}/users" not in paths(sandbox)
        assert f"{ORGANIZATION}/users" not in paths(sandbox)


def test_test_reads_a_page_of_each_stream_and_writes_nothing(
    tmp_path: Path, tenant: Sandbox
) -> None:
    run = run_tap(tmp_path, tenant.logto_config, "--test", tap=TAP)
    assert run.code == 0, run.log
    assert run.output == ""
    assert all(f"{stream}: readable" in run.log for stream in DEFAULT)
    assert tenant.logto.requests[0] == f"/logto{TOKEN}?"
    assert [path for path in tenant.logto.requests if "page=2&" in path] == []


def read_alone(sandbox: Sandbox, discovered: dict[str, Any], stream: str) -> int:
    """Read one stream in this process; return the number of its lines."""
    catalog = deepcopy(discovered)
    for entry in catalog["streams"]:
        root = next(each for each in entry["metadata"] if not each["breadcrumb"])
        root["metadata"]["selected"] = entry["tap_stream_id"] == stream
    output = io.BytesIO()
    with redirect_stdout(io.TextIOWrapper(output, write_through=True)):
        config = {**sandbox.logto_config, "opt_in_streams": "all"}
        TapLogto(config=config, catalog=catalog).sync_all()
        return output.getvalue().count(b'"type":"RECORD"')


@pytest.mark.parametrize("stream", TABLES)
def test_one_stream_makes_only_the_requests_that_it_needs(
    stream: str, tenant: Sandbox, discovered: dict[str, Any]
) -> None:
    records = read_alone(tenant, discovered, stream)
    rows = len(list(TABLES[stream][0](tenant.company)))
    assert records == rows + len(["sync_runs"])
    assert set(paths(tenant)) == NEEDED[stream] | {TOKEN, PREFLIGHT}
    assert tenant.logto.requests[1] == f"/logto/api{PREFLIGHT}?page_size=1&start_time=x"
    assert set(twice(tenant)) == NEEDED[stream] & {"/users", f"{ORGANIZATION}/users"}
    if stream not in OPT_IN:
        assert len(tenant.logto.requests) < budget(tenant.company)


def test_streams_out_of_one_response_share_it(tmp_path: Path, tenant: Sandbox) -> None:
    shared = ("user_identities", "organization_memberships", "organization_member_roles")
    more = ("organization_roles", "organization_role_scopes", "organization_role_resource_scopes")
    run = run_logto(tmp_path, tenant, "users", *shared, *more, "resources", "scopes")
    assert run.code == 0, run.log
    members = [len(tenant.company.access.people_of(o)) for o in _organizations(tenant)]
    read = newest_first(250) + walks(12) + sum(walks(n) for n in members if n) + 1 + 1
    assert len(tenant.logto.requests) == len([TOKEN, PREFLIGHT]) + read
    listings = [path for path in tenant.logto.requests if "/organizations?" in path]
    assert all("showFeatured=true" in path for path in listings)


def _organizations(sandbox: Sandbox) -> list[Any]:
    return list(sandbox.company.access.organizations.values())
