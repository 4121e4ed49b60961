"""The emulator of Kinde's Management API: tokens, pages, and the traps of both."""

from __future__ import annotations

import base64
import json
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.company import Company
from sandbox.kinde import KindeServer, ids
from sandbox.kinde.endpoints import ENDPOINTS, Endpoint
from tests.kinde.emulator import Api, made_up, name_of, paths, served, user_id, walk

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def company() -> Company:
    return made_up()


@pytest.fixture
def api(company: Company) -> Iterator[Api]:
    with served(KindeServer(company)) as api:
        yield api


# Who may read what


def test_a_token_is_told_what_it_may_do(api: Api) -> None:
    api.server.scopes = {"read:users", "read:roles"}
    answer = api.ask_token()
    told = answer.json()
    assert told == {
        "access_token": told["access_token"], "expires_in": 86_400,
        "scope": "read:roles read:users", "token_type": "bearer",
    }  # fmt: skip
    claims = claims_of(told["access_token"])
    assert claims["exp"] - claims["iat"] == 86_400
    assert {name: claims[name] for name in ("aud", "azp", "gty", "scope", "scp", "v")} == {
        "aud": [f"{api.url}/api"], "azp": api.server.client_id, "gty": ["client_credentials"],
        "scope": "read:roles read:users", "scp": [], "v": "2",
    }  # fmt: skip
    assert "org_code" not in claims
    part = api.ask_token(scope="read:users").json()
    assert (part["scope"], claims_of(part["access_token"])["scp"]) == ("read:users", ["read:users"])
    assert api.server.tokens_issued == 2
    api.token = part["access_token"]
    refused = api.ask("/roles")
    assert refused.status_code == 403
    assert "read:roles" in refused.json()["errors"][0]["message"]


def claims_of(token: str) -> dict[str, Any]:
    header, claims, signature = token.split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "RS256"
    assert len(base64.urlsafe_b64decode(signature + "==")) == 256
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return read


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"audience": None}, 400, "invalid_request"),
        ({"audience": "https://acme.kinde.com"}, 400, "unauthorized_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "invalid_request"),
        ({"scope": "read:users read:everything"}, 400, "invalid_scope"),
    ],
)
def test_a_wrong_request_gets_no_token(
    api: Api, changes: dict[str, str | None], status: int, error: str
) -> None:
    answer = api.ask_token(**changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    if changes == {"audience": None}:
        assert "MISSING_AUDIENCE" in answer.text
    assert api.server.tokens_issued == 0


def test_credentials_go_into_the_form_and_the_audience_is_checked(api: Api) -> None:
    server, url = api.server, f"{api.url}/oauth2/token"
    form = {"grant_type": "client_credentials", "audience": f"{api.url}/api"}
    basic = api.http.post(url, data=form, auth=(server.client_id, server.client_secret), timeout=10)
    assert basic.json()["error"] == "invalid_client"
    assert api.http.post(url, json=form, timeout=10).json()["error"] == "invalid_request"
    assert api.http.get(url, timeout=10).status_code == 405
    server.audience = "https://acme.kinde.com/api"
    assert api.ask_token().json()["error"] == "unauthorized_client"
    assert api.ask_token(audience=server.audience).status_code == 200


def test_tokens_end(api: Api) -> None:
    assert api.http.get(f"{api.url}/api/v1/users", timeout=10).status_code == 401
    api.token = "wrong"
    assert api.code("/users") == (401, "INVALID_CREDENTIALS")
    api.sign_in()
    assert api.ask("/users").status_code == 200
    api.server.expire_tokens()
    assert api.code("/users") == (401, "INVALID_CREDENTIALS")
    api.server.token_lifetime = 0
    api.sign_in()
    assert api.code("/users") == (401, "INVALID_CREDENTIALS")


def test_a_token_of_one_organization_sees_nothing_of_others(api: Api, company: Company) -> None:
    first, second, *_ = company.access.organizations.values()
    code, members = ids.organization_code(second), company.access.people_of(second)
    api.server.org_code = code
    api.sign_in()
    assert claims_of(api.token)["org_code"] == code
    users = api.get("/users", expand="organizations")["users"]
    assert {user["id"] for user in users} == {user_id(member) for member in members}
    assert all(user["organizations"] == [code] for user in users)
    assert [each["code"] for each in api.get("/organizations")["organizations"]] == [code]
    for role in api.get("/roles")["roles"]:
        holders = api.get(f"/roles/{role['id']}/users")["users"]
        assert all(holder["org_codes"] == [code] for holder in holders)
    path = f"/organizations/{ids.organization_code(first)}/users"
    assert api.code(path) == (403, "ORGANIZATION_MISMATCH")


# Paging


@pytest.mark.parametrize("undeclared", ["whole", "paged"])
def test_a_walk_in_pages_of_three_tells_each_row_once(
    api: Api, company: Company, undeclared: str
) -> None:
    api.server.undeclared = undeclared
    for endpoint in ENDPOINTS:
        if endpoint.style == "record":
            continue
        for path, query in paths(endpoint, company)[:6]:
            body = api.get(path, page_size=100, **query)
            rows = [name_of(row) for row in body[str(endpoint.key)]]
            pages = walk(api, endpoint, path, page_size=3, **query)
            assert [row for page in pages for row in page] == rows == list(dict.fromkeys(rows))
            if endpoint.declared and endpoint.style != "whole":
                assert all(len(page) == 3 for page in pages[: len(rows) // 3])


def test_lists_have_their_default_sizes_and_orders(api: Api, company: Company) -> None:
    assert len(api.get("/users")["users"]) == 10
    for _ in range(2):
        for person in company.people.values():
            company.access.credential(person, "many", ends=False)
    company.save(person)
    held = sum(len(person.tokens) for person in company.people.values())
    assert 10 < len(api.get("/api_keys")["api_keys"]) == held < 50
    for path, key, sort in (
        ("/organizations", "organizations", "name"), ("/permissions", "permissions", "name"),
        ("/apis", "apis", "name"), ("/roles", "roles", "key"),
    ):  # fmt: skip
        up, down = (
            [row[sort] for row in api.get(path, sort=f"{sort}_{way}")[key]]
            for way in ("asc", "desc")
        )
        assert up == sorted(up)
        assert down[0] == max(down)


USERS = next(endpoint for endpoint in ENDPOINTS if endpoint.path == "/users")
SEARCH = next(endpoint for endpoint in ENDPOINTS if endpoint.path == "/search/users")
CONNECTIONS = next(endpoint for endpoint in ENDPOINTS if endpoint.path == "/connections")
APIS = next(endpoint for endpoint in ENDPOINTS if endpoint.path == "/apis")


def test_each_trap_of_paging_shows(api: Api) -> None:
    server = api.server

    def sizes(endpoint: Endpoint = USERS, size: int = 5) -> list[int]:
        return [len(page) for page in walk(api, endpoint, endpoint.path, page_size=size)]

    assert sizes() == [5, 5, 5]
    server.empty_pages = 2
    assert sizes() == [5, 0, 0, 5, 0, 0, 5]
    server.empty_pages, server.empty_tail = 0, True
    assert sizes()[:5] == [5, 5, 5, 0, 0]
    assert len(sizes()) == 60
    server.empty_tail, server.end_token = False, ""
    assert sizes() == [5, 5, 5]
    server.end_token, server.stuck_token = None, True
    assert len({tuple(page) for page in walk(api, USERS, "/users", page_size=5)[1:]}) == 1
    assert sizes(CONNECTIONS, 2) == [2] * 60
    server.stuck_token, server.duplicate_ids = False, True
    for endpoint in (USERS, CONNECTIONS):
        pages = walk(api, endpoint, endpoint.path, page_size=3)
        assert all(page[-1] == following[0] for page, following in pairwise(pages))
        assert max(Counter(row for page in pages for row in page).values()) == 2
    server.duplicate_ids, server.search_limit = False, 4
    assert sizes(SEARCH, 10) == [4, 4, 4, 3, 0]
    server.undeclared = "deaf"
    assert sizes(APIS, 2) == [2] * 60
    server.undeclared = "whole"
    assert sizes(APIS, 2) == [3]


def test_other_shapes_of_the_field_show(api: Api) -> None:
    api.server.null_lists = True
    assert api.get("/users", email="nobody@example.com")["users"] is None
    nested = [row["connection"] for row in api.get("/connections")["connections"]]
    api.server.nested_connections = False
    assert api.get("/connections")["connections"] == nested
    person = next(p for p in api.server.company.people.values() if not p.factors)
    assert api.get(f"/users/{ids.user_id(person)}/mfa")["mfa"] is None
    api.server.missing_mfa = True
    assert api.code(f"/users/{ids.user_id(person)}/mfa") == (404, "NOT_FOUND")


def test_whoever_goes_during_a_walk_moves_the_rest() -> None:
    """Offset paging skips a row; what goes on after an id does not."""
    for endpoint, seen in ((USERS, 14), (SEARCH, 15)):
        company = Company.made_up(people=16, memberships=20)
        with served(KindeServer(company)) as api:
            first = [name_of(row) for row in api.get(endpoint.path, page_size=5)[str(endpoint.key)]]
            token = api.get(endpoint.path, page_size=5).get("next_token")
            company.remove(next(p for p in company.people.values() if ids.user_id(p) == first[0]))
            on = {"next_token": token} if token else {"starting_after": first[-1]}
            later = walk(api, endpoint, endpoint.path, page_size=5, **on)
            assert len({*first[1:], *(row for page in later for row in page)}) == seen
