"""The emulated Logto has the traps of real ones, and follows what happens in the company."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, cast

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.company import Company
from sandbox.logto import LogtoServer
from tests.logto.emulator import CLIENT, FORM, Served, paths_of, small

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.faults import App


@pytest.fixture(scope="module")
def old() -> Iterator[Served]:
    with Served(LogtoServer(small(), version=(1, 36))) as served:
        yield served


@pytest.fixture(scope="module")
def new() -> Iterator[Served]:
    with Served(LogtoServer(small())) as served:
        yield served


@pytest.fixture
def empty() -> Iterator[Served]:
    """A company that nobody works for yet."""
    with Served(LogtoServer(Company())) as served:
        yield served


def test_tokens_run_out_expire_and_are_counted(empty: Served) -> None:
    server = empty.server
    server.token_quota, server.token_lifetime, server.log_tokens = 1, 0, True
    assert empty.get("/users", empty.token()).json()["data"]["code"] == "ERR_JWT_EXPIRED"
    answer = empty.session.post(f"{empty.url}/oidc/token", FORM, auth=CLIENT)
    assert (answer.status_code, answer.json()["code"]) == (429, "auth.exceed_token_limit")
    server.token_quota, server.token_lifetime = None, 3600
    assert len(empty.rows("/logs")) == server.tokens_issued == 2


def _hired_at_once(served: Served, many: int) -> None:
    company = served.server.company
    moment = company.now
    for _ in range(many):
        company.hire().created = moment


def test_people_of_the_same_moment_get_lost_as_measured(empty: Served) -> None:
    """The numbers are those of a real server, with as many people."""
    _hired_at_once(empty, 250)
    sizes = (7, 11, 13, 20, 50, 100)
    seen = {size: set(empty.walk("/users", size)) for size in sizes}
    assert [len(seen[size]) for size in (7, 20, 50, 100)] == [234, 245, 249, 250]
    assert len(seen[7] | seen[11]) == 249
    assert len(seen[7] | seen[11] | seen[13]) == 250
    assert set(empty.walk("/users", 7)) == seen[7]


def test_people_of_the_same_moment_are_all_found_by_the_start_of_their_ids(empty: Served) -> None:
    _hired_at_once(empty, 250)
    found = []
    for first in string.digits + string.ascii_lowercase:
        answer = empty.get(f"/users?search.id={first.upper()}%25&page_size=100")
        assert len(answer.json()) == int(answer.headers["Total-Number"])
        found += [row["id"] for row in answer.json()]
    assert sorted(found) == sorted(empty.server.company.people)


@pytest.mark.parametrize("touch", ["organization", "membership"])
def test_an_organization_that_changes_goes_to_the_end_of_the_list(
    empty: Served, touch: str
) -> None:
    company = empty.server.company
    access, person = company.access, company.hire()
    organizations = [access.organization(f"Customer {number}") for number in range(30)]
    ids = [row["id"] for row in empty.rows("/organizations?page=1&page_size=10")]
    for organization in organizations[:5]:
        if touch == "organization":
            company.save(organization)
        else:
            access.remove_member(access.add_member(organization, person))
    for number in (2, 3):
        ids += [row["id"] for row in empty.rows(f"/organizations?page={number}&page_size=10")]
    assert len(ids) == 30
    assert len(set(ids)) == (25 if touch == "organization" else 30)


def test_members_are_in_the_order_of_their_ids_unless_the_server_is_old(
    old: Served, new: Served
) -> None:
    for served, is_sorted in ((old, False), (new, True)):
        organization = next(iter(served.server.company.access.organizations))
        ids = [row["id"] for row in served.rows(f"/organizations/{organization}/users")]
        assert (ids == sorted(ids)) is is_sorted


def test_what_is_gone_is_not_served_any_more(empty: Served) -> None:
    access, person = empty.server.company.access, empty.server.company.hire()
    organization = access.organization("Customer")
    access.add_member(organization, person)
    assert len(empty.rows(f"/organizations/{organization.id}/users")) == 1
    empty.server.company.remove(person)
    assert empty.rows(f"/organizations/{organization.id}/users") == []
    assert empty.get(f"/users/{person.id}").status_code == 404
    access.dissolve(organization)
    assert empty.rows("/organizations") == []


def test_what_is_counted_is_what_is_listed(new: Served) -> None:
    for role in new.rows("/roles"):
        for kind in ("users", "applications"):
            rows = new.rows(f"/roles/{role['id']}/{kind}?page_size=100")
            assert role[f"{kind}Count"] == len(rows)
    for row in new.rows("/organizations?showFeatured=true"):
        assert row["usersCount"] == len(new.rows(f"/organizations/{row['id']}/users?page_size=100"))


def test_secrets_are_served_in_clear_text(new: Served) -> None:
    """The values that must be in no warehouse, wherever the real server shows them."""
    access = new.server.company.access
    shown = "".join(
        new.get(path).text
        for pattern in (
            "/users", "/users/{id}/personal-access-tokens", "/applications/{id}/secrets",
            "/connectors", "/sso-connectors", "/hooks",
        )
        for path in paths_of(new.server.company, pattern)
    )  # fmt: skip
    holders = [*new.server.company.people.values(), *access.applications.values()]
    credentials = [
        each
        for holder in holders
        for each in getattr(holder, "tokens", getattr(holder, "secrets", []))
    ]
    values = [*credentials, *access.providers.values(), *access.webhooks.values()]
    assert len(credentials) > 5
    assert [each.name for each in values if each.value not in shown] == []


def test_links_lack_the_prefix_and_lead_to_a_web_page_below_a_mount_too() -> None:
    server = LogtoServer(small())
    mounted = cast("App", Starlette(routes=[Mount("/logto", cast("App", server))]))
    with Served(server, mounted, "/logto") as served:
        link = re.findall("<(.*?)>", served.get("/users").headers["Link"])[-1]
        assert link == f"{served.url}/users?page=2"
        answer = served.session.get(link)
        assert (answer.status_code, answer.headers["Content-Type"]) == (
            200, "text/html; charset=utf-8",
        )  # fmt: skip
