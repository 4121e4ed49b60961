"""How many rows a page of Kinde's may hold, as it says itself or as its refusals tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from identity_sdk.errors import TooLarge
from identity_sdk.exchange import Request, Response
from tap_kinde.organizations import OrganizationUsers
from tap_kinde.tap import TapKinde
from tests.kinde.expected import DEFAULT
from tests.kinde.runs import activated, assert_whole, read, verdict

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.server import Sandbox

    pass

USERS = ("users", "user_identities", "user_organizations")
PEOPLE = 24
SEARCHED = ("user_properties", "user_api_scopes")
WALKS = 2
"""Of a listing of several pages that go on after a token: the second finds nothing new."""


def sizes(sandbox: Sandbox, place: str) -> list[int]:
    """How many rows each request for a place asked for."""
    asked = [path for path in sandbox.kinde.requests if re.search(place, path)]
    return [int(size) for path in asked for size in re.findall(r"page_size=(\d+)", path)]


MEMBERS = r"/organizations/\w+/users\?"


def test_a_limit_of_the_page_size_is_obeyed(company: Company, sandbox: Sandbox) -> None:
    sandbox.kinde_server.page_limit = 7
    run = read(sandbox, max_concurrency=1)
    assert_whole(run, company, *DEFAULT)
    assert sizes(sandbox, r"/v1/users\?") == [500] + [7] * WALKS * 4


def test_a_limit_that_several_requests_in_flight_meet_is_obeyed(
    company: Company, sandbox: Sandbox
) -> None:
    sandbox.kinde_server.page_limit = 7
    run = read(sandbox, "organization_users")
    assert_whole(run, company, "organization_users")
    assert set(sizes(sandbox, MEMBERS)) == {500, 7}


def test_pages_that_are_too_large_while_several_are_in_flight_are_halved_once(
    company: Company, sandbox: Sandbox
) -> None:
    sandbox.kinde.fault("users?page_size=500", status=413)
    run = read(sandbox, "organization_users", max_retries=0)
    assert_whole(run, company, "organization_users")
    assert set(sizes(sandbox, MEMBERS)) == {500, 250}


def test_a_limit_that_the_server_stated_is_remembered(company: Company, sandbox: Sandbox) -> None:
    sandbox.kinde_server.page_limit = 100
    run = read(sandbox, "organization_users", max_concurrency=1)
    assert_whole(run, company, "organization_users")
    refused = [path for path in sandbox.kinde.requests if "page_size=500" in path]
    assert len(refused) == len(["organizations", "users of the first one"])


@pytest.mark.parametrize("limit", [1, 5, 23, 24, 25])
def test_the_search_may_cut_its_pages_short(company: Company, sandbox: Sandbox, limit: int) -> None:
    """It says neither how many there are nor whether there are more."""
    sandbox.kinde_server.search_limit = limit
    assert_whole(read(sandbox, *SEARCHED), company, *SEARCHED)
    assert len(sandbox.kinde.requests) == 1 + -(-PEOPLE // limit) + 1


def test_a_page_that_is_too_large_is_asked_for_in_halves(
    company: Company, sandbox: Sandbox
) -> None:
    sandbox.kinde.fault("/users?expand=organizations%2Cidentities&page_size=500", status=413)
    sandbox.kinde.fault("/users?expand=organizations%2Cidentities&page_size=250", status=504)
    run = read(sandbox, *USERS, max_retries=0)
    assert_whole(run, company, *USERS)
    assert ["page_size=125" in path for path in sandbox.kinde.requests].count(True) == 1


def test_a_page_that_is_too_large_in_the_middle_starts_the_listing_over(
    company: Company, sandbox: Sandbox
) -> None:
    """A token may count in pages of the former size."""
    fault = sandbox.kinde.fault("next_token", status=413, times=1)
    run = read(sandbox, *USERS, page_size=10)
    assert_whole(run, company, *USERS)
    assert fault.delivered == 1
    last = [path for path in sandbox.kinde.requests if "page_size=5" in path]
    assert len(last) == WALKS * -(-PEOPLE // 5)


def test_a_page_of_one_row_that_is_too_large_fails(sandbox: Sandbox) -> None:
    sandbox.kinde.fault("/api/v1/users", status=413)
    run = read(sandbox, *USERS, "roles")
    assert run.code == 1
    assert verdict(run, "users")["status"] == "failed"
    assert "GET /users answered 413" in verdict(run, "users")["reason"]
    assert activated(run) == {"roles"}
    assert len([path for path in sandbox.kinde.requests if "/users" in path]) == 9


def test_a_token_goes_with_the_size_that_it_counts_in() -> None:
    """Else page 5 of 500 rows becomes page 5 of 250, and four pages bring nothing new."""
    settings = {"base_url": "https://a.kinde.com", "client_id": "a", "client_secret": "S3CRET"}
    tap = TapKinde(config=settings)
    one, other = (tap.stream_of(OrganizationUsers).pager(path, {}) for path in ("/one", "/other"))
    assert asked(next(one))["page_size"] == asked(next(other))["page_size"] == 500
    next(one)
    next(other)
    rows = [{"id": "kp_1"}]
    one.send(Response(200, {"organization_users": rows, "next_token": "1:500"}))
    assert asked(other.throw(TooLarge("too large", 413)))["page_size"] == 250
    query = asked(next(one))
    assert (query["next_token"], query["page_size"]) == ("1:500", 500)


def asked(step: Any) -> dict[str, Any]:
    """The query of a request that a pager puts in flight."""
    assert isinstance(step, Request)
    return dict(step.params)
