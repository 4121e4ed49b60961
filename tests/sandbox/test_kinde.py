"""The emulator of Kinde's Management API, compared with the vendor's documentation and client."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from sandbox.kinde import KindeServer, ids
from sandbox.kinde.endpoints import ENDPOINTS, Endpoint
from tests.api_facts import documented, facts, places, schema_of
from tests.kinde.emulator import EVERYTHING, MEMBER, Api, made_up, paths, served, user_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.company import Company

SPEC = Path(__file__).parents[3] / "shared/contracts/kinde-openapi.yaml"
ROLE = "/roles/{role_id}"
NULL_WHERE_THE_SPEC_HAS_NONE = {
    ("/users", "phone"), ("/users", "picture"), ("/users", "username"),
    ("/users/{user_id}/identities", "is_confirmed"),
    ("/users/{user_id}/identities", "last_login_on"),
    ("/users/{user_id}/mfa", "mfa"), ("/users/{user_id}/mfa", "last_used_on"),
    (f"{MEMBER}/mfa", "mfa"), (f"{MEMBER}/mfa", "last_used_on"),
    (f"{MEMBER}/permissions", "description"), (f"{ROLE}/permissions", "description"),
    (f"{ROLE}/scopes", "description"), ("/permissions", "description"),
    ("/apis/{api_id}/scopes", "description"),
    ("/users", "next_token"), ("/organizations", "next_token"), ("/roles", "next_token"),
    ("/organizations/{org_code}/users", "next_token"), (f"{ROLE}/permissions", "next_token"),
    ("/permissions", "next_token"), ("/applications", "next_token"), ("/apis", "next_token"),
}  # fmt: skip
"""Nothing in the field is sure to be there, whatever the spec says (contract, section 3)."""

ONLY_SOMETIMES = {("/applications/{application_id}", "client_secret")}
"""What applications without a secret do not have."""

CLIENT = {
    "/users": "users_api.get_users",
    "/search/users": "search_api.search_users",
    "/users/{user_id}/identities": "users_api.get_user_identities",
    "/users/{user_id}/sessions": "users_api.get_user_sessions",
    "/users/{user_id}/mfa": "users_api.get_users_mfa",
    "/api_keys": "api_keys_api.get_api_keys",
    "/api_keys/{key_id}": "api_keys_api.get_api_key",
    "/organizations": "organizations_api.get_organizations",
    "/organization": "organizations_api.get_organization",
    "/organizations/{org_code}/users": "organizations_api.get_organization_users",
    f"{MEMBER}/permissions": "organizations_api.get_organization_user_permissions",
    f"{MEMBER}/mfa": "organizations_api.get_org_user_mfa",
    "/organization/{org_code}/invites": "organizations_api.get_organization_invites",
    "/organizations/{organization_code}/connections":
        "organizations_api.get_organization_connections",
    "/directories": "directories_api.get_directories",
    "/roles": "roles_api.get_roles",
    f"{ROLE}/users": "roles_api.get_role_users",
    f"{ROLE}/permissions": "roles_api.get_role_permissions",
    f"{ROLE}/scopes": "roles_api.get_role_scopes",
    f"{ROLE}/system_permissions": "roles_api.get_role_system_permissions",
    "/permissions": "permissions_api.get_permissions",
    "/system_permissions": "roles_api.get_system_permissions",
    "/applications": "applications_api.get_applications",
    "/applications/{application_id}": "applications_api.get_application",
    "/applications/{application_id}/access_roles":
        "applications_api.get_application_access_roles",
    "/applications/{application_id}/connections":
        "applications_api.get_application_connections",
    "/apis": "apis_api.get_apis",
    "/apis/{api_id}": "apis_api.get_api",
    "/apis/{api_id}/scopes": "apis_api.get_api_scopes",
    "/connections": "connections_api.get_connections",
}  # fmt: skip
"""The method of the vendor's client for each endpoint."""

TOO_MUCH_FOR_THE_CLIENT = {
    "/api_keys", "/api_keys/{key_id}", "/directories", "/organization/{org_code}/invites",
    "/users/{user_id}/sessions",
}  # fmt: skip
"""It fails on the `+11` that the vendor's own examples have."""


@pytest.fixture
def company() -> Company:
    return made_up()


@pytest.fixture
def api(company: Company) -> Iterator[Api]:
    with served(KindeServer(company)) as api:
        yield api


# Held against what the vendor documents

FACTS = facts("kinde")


def validator_of(name: str) -> Draft202012Validator:
    """Holds answers against the facts: all fields must be there, and nothing besides."""
    return Draft202012Validator(schema_of(FACTS[name]["tells"], closed=True))


def test_the_facts_are_those_of_the_vendors_document() -> None:
    if not SPEC.exists():
        pytest.skip("checks the facts against the vendor's document itself, not in the project")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = yaml.load(SPEC.read_text(), loader)
    paths = {
        nameless(path.removeprefix("/api/v1")): each for path, each in document["paths"].items()
    }
    for path, fact in FACTS.items():
        if not path.startswith("/"):
            schema = {"$ref": f"#/{'not_found' if path == 'not found' else 'error'}_response"}
            assert places(fact["tells"]) == documented(schema, document), path
            continue
        operation = paths[nameless(path)]["get"]
        media = operation["responses"]["200"]["content"]
        schema = media.get("application/json", next(iter(media.values())))["schema"]
        assert places(fact["tells"]) == documented(schema, document), path
        named = {each["name"]: each for each in operation.get("parameters") or ()}
        asks = [name for name, each in named.items() if each["in"] == "query" and name != "sort"]
        assert asks == fact.get("asks", []), path
        assert named.get("sort", {}).get("schema", {}).get("enum") == fact.get("sorts"), path
        scopes = {
            operation.get("x-scope"),
            *re.findall("<code>(.*?)</code>", operation["description"]),
        }
        assert scopes - {None} == {*fact["scopes"]}, path
    reads = {path for path, each in paths.items() if "get" in each}
    assert nameless("/oauth2/token") not in reads


def nameless(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)


def test_all_that_is_served_is_what_the_vendor_documents(api: Api, company: Company) -> None:
    """Each field that is documented and no other, of its type, but for the nulls listed above."""
    differs: set[tuple[str, str]] = set()
    for endpoint in ENDPOINTS:
        validator = validator_of(endpoint.path)
        asked = [(path, {**query, "page_size": "100"}) for path, query in paths(endpoint, company)]
        asked += paths(endpoint, company)[:1]
        answers = [api.get(path, **query) for path, query in asked]
        for error in (error for answer in answers for error in validator.iter_errors(answer)):
            if error.validator == "required":
                assert (endpoint.path, error.message.split("'")[1]) in ONLY_SOMETIMES, error
                continue
            assert error.instance is None, (endpoint.path, error)
            differs.add((endpoint.path, str(error.absolute_path[-1])))
    assert differs == NULL_WHERE_THE_SPEC_HAS_NONE


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.path)
def test_scopes_paging_and_sorting_are_the_vendors(endpoint: Endpoint) -> None:
    fact = FACTS[endpoint.path]
    named, told = fact.get("asks", ()), {name.rstrip("~") for name in fact["tells"]}
    assert endpoint.scope in fact["scopes"]
    assert endpoint.key is None or endpoint.key in told
    if endpoint.declared:
        sorts = {f"{name}_{way}" for name in endpoint.sorts for way in ("asc", "desc")}
        assert sorts == set(fact.get("sorts", ()))
    style = endpoint.style
    assert (style == "next_token") == ("next_token" in told)
    assert (style == "starting_after") == ("has_more" in told)
    parameter = "starting_after" if style == "search" else style
    assert (parameter in named) == (endpoint.declared and style not in ("whole", "record"))


def test_errors_are_those_that_the_vendor_documents(api: Api) -> None:
    person = next(iter(api.server.company.people.values()))
    portal = next(a for a in api.server.company.access.applications.values() if a.kind == "web")
    roles = f"/applications/{ids.application_id(portal)}/access_roles"
    nowhere = f"/organizations/org_none/users/{ids.user_id(person)}/mfa"
    lists, single = validator_of("refused"), validator_of("not found")
    for path, query, status, code in (
        ("/nowhere", {}, 404, "ROUTE_NOT_FOUND"),
        ("/users/kp_nobody/identities", {}, 404, "USER_NOT_FOUND"),
        ("/organization", {"code": "org_none"}, 404, "ORGANIZATION_NOT_FOUND"),
        (nowhere, {}, 404, "ORGANIZATION_NOT_FOUND"),
        ("/roles/none/users", {}, 404, "ROLE_NOT_FOUND"),
        ("/apis/none", {}, 404, "API_NOT_FOUND"),
        ("/api_keys/none", {}, 404, "NOT_FOUND"),
        ("/applications/none/access_roles", {}, 400, "APPLICATION_NOT_FOUND"),
        ("/users", {"page_size": 501}, 400, "PAGE_SIZE_LIMIT_EXCEEDED"),
        ("/users", {"page_size": "many"}, 400, "INVALID_PAGE_SIZE"),
        ("/users", {"next_token": "??"}, 400, "INVALID_NEXT_TOKEN"),
        ("/users", {"active_since": "lately"}, 400, "INVALID_DATE"),
        ("/users", {"sort": "email_asc"}, 400, "INVALID_SORT"),
        ("/connections", {"starting_after": "a", "ending_before": "b"}, 400, "TOO_MANY_PARAMETERS"),
        (roles, {"page_size": 101}, 400, "PAGE_SIZE_LIMIT_EXCEEDED"),
    ):  # fmt: skip
        assert api.code(path, **query) == (status, code), path
        (single if status == 404 else lists).validate(api.ask(path, **query).json())
    assert "greater than 100" in api.ask(roles, page_size=101).text
    api.server.page_limit = 7
    assert len(api.get("/users")["users"]) == 7
    assert "greater than 7" in api.ask("/users", page_size=8).text


# Held against the company


def test_users_and_members_are_the_companys(api: Api, company: Company) -> None:
    asked = {**EVERYTHING["/users"], "page_size": 50}
    users = {user["id"]: user for user in api.get("/users", **asked)["users"]}
    assert set(users) == {ids.user_id(person) for person in company.people.values()}
    for person in company.people.values():
        user, signed = users[ids.user_id(person)], person.signed_in
        assert (user["email"], user["is_suspended"]) == (person.email, not person.active)
        assert user["last_signed_in"] == (signed and precise(signed))
        memberships = [
            member[person.id]
            for member in company.access.memberships.values()
            if person.id in member
        ]
        codes = [ids.organization_code(member.organization) for member in memberships]
        assert user["organizations"] == sorted(codes)
        for code, member in zip(codes, memberships, strict=True):
            members = api.get(f"/organizations/{code}/users", page_size=50)["organization_users"]
            (row,) = [each for each in members if each["id"] == user["id"]]
            assert row["roles"] == sorted(ids.role_key(role) for role in member.roles)


def test_roles_and_what_they_permit_are_the_companys(api: Api, company: Company) -> None:
    """What a member may do is what the roles held there permit, of an API or not."""
    held, access = set(), company.access
    for member in (
        member for each in access.organizations.values() for member in access.people_of(each)
    ):
        code, user = ids.organization_code(member.organization), user_id(member)
        path = f"/organizations/{code}/users/{user}/permissions"
        may = api.get(path, expand="roles")["permissions"]
        assert {each["key"]: {role["key"] for role in each["roles"]} for each in may} == {
            permission.name: {ids.role_key(r) for r in member.roles if permission in r.permissions}
            for role in member.roles
            for permission in role.permissions
        }
        held |= {(ids.role_id(role), user, code) for role in member.roles}
    assert len(held) > 10
    assert held == {
        (role["id"], user["id"], code)
        for role in api.get("/roles")["roles"]
        for user in api.get(f"/roles/{role['id']}/users", page_size=50)["users"]
        for code in user["org_codes"]
    }


def precise(moment: datetime) -> str:
    """As Python writes it, but without zeros at the end of the fraction."""
    return re.sub(r"\.?0*\+00:00$", "+00:00", moment.isoformat(timespec="microseconds"))


def test_users_are_found_by_when_they_were_last_active(api: Api, company: Company) -> None:
    """In the forms in which clients write a moment, the vendor's among them."""
    last = max(p.signed_in for p in company.people.values() if p.signed_in)
    for form in (
        last.isoformat(),
        f"{last:%Y-%m-%dT%H:%M:%S.%f}Z",
        f"{last:%Y-%m-%dT%H:%M:%S.%f%z}",
    ):
        found = api.get("/users", active_since=form)["users"]
        assert [user["last_signed_in"] for user in found] == [precise(last)]
    later = (last + timedelta(seconds=1)).astimezone(timezone(timedelta(hours=-5)))
    assert api.get("/users", active_since=later.isoformat())["users"] == []


def test_lists_are_filtered(api: Api, company: Company) -> None:
    def count(path: str, key: str, **query: Any) -> int:
        return len(api.get(path, page_size=50, **query)[key])

    people, memberships = list(company.people.values()), company.access.memberships
    (person, other, *_), key = people, next(p for p in people if p.tokens)
    two = f"{ids.user_id(person)},{ids.user_id(other)}"
    assert count("/users", "users", user_id=two) == 2
    assert count("/users", "users", email=person.email, user_id=two) == 1
    alone = [each for each in people if not any(each.id in held for held in memberships.values())]
    company.access.remove_member(
        next(held[other.id] for held in memberships.values() if other.id in held)
    )
    assert count("/users", "users", has_organization="false") == len(alone) + 1
    data = {"properties[department]": "Data,Legal"}
    found = count("/search/users", "results", query="*", **data)
    assert found == sum(each.department in ("Data", "Legal") for each in people)
    assert count("/search/users", "results", query=person.email[:11].upper()) == 1
    scoped = [each for each in people if each.number % 5 == 0 and each not in alone]
    assert count("/search/users", "results", api_scopes="read:orders") == len(scoped)
    codes = [ids.organization_code(each) for each in company.access.organizations.values()]
    place = f"/organizations/{codes[0]}/users"
    held = [{*row["roles"]} for row in api.get(place, page_size=50)["organization_users"]]
    both = sum(roles >= {"member", "guest"} for roles in held)
    assert 0 < count(place, "organization_users", roles="member,guest") == both < len(held)
    inviting = sum(not roles.isdisjoint({"member", "owner"}) for roles in held)
    asked = {"permissions": "read:members,invite:members"}
    assert both < count(place, "organization_users", **asked) == inviting < len(held)
    assert count("/api_keys", "api_keys", user_id=ids.user_id(key)) == len(key.tokens)
    assert count("/api_keys", "api_keys", key_type="organization") == 0
    assert count("/connections", "connections", home_realm_domain="saml.example") == 1
    invites = [f"/organization/{code}/invites" for code in codes]
    for more, shown in (
        ({}, {"pending"}),
        ({"include_accepted": True}, {"pending", "accepted"}),
        ({"include_revoked": "true", "include_accepted": False}, {"pending", "revoked"}),
    ):
        kept = [i for i in company.access.invitations.values() if i.status in shown]
        assert sum(count(path, "invites", **more) for path in invites) == len(kept) >= len(shown)


def test_secrets_and_moments_look_as_the_vendor_shows_them(api: Api, company: Company) -> None:
    shown = {
        each.path: json.dumps([api.get(path, **query) for path, query in paths(each, company)])
        for each in ENDPOINTS
    }
    assert {path for path, text in shown.items() if "S3CRET-" in text} == {
        "/applications/{application_id}", "/directories", "/organization/{org_code}/invites",
    }  # fmt: skip
    invites = set(re.findall(r"S3CRET-invite-\w+", shown["/organization/{org_code}/invites"]))
    assert invites == {ids.invite_code(each) for each in company.access.invitations.values()}
    short = {path for path, text in shown.items() if re.search(r'T\d\d:\d\d:\d\d\+11"', text)}
    assert short == TOO_MUCH_FOR_THE_CLIENT
    assert re.search(r'\d\.\d{5}\+00:00"', shown["/users"])
    assert re.search(r'\d\.\d{6}\+11:00"', shown["/users/{user_id}/sessions"])


# Held against the vendor's client


@pytest.fixture
def management() -> Any:
    return pytest.importorskip("kinde_sdk.management.management_client")


@pytest.fixture
def client(management: Any, api: Api, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The vendor's client, told where the emulator is: by itself it takes https for granted."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    management.ManagementTokenManager.reset_instances()
    known = (api.server.client_id, api.server.client_secret)
    client = management.ManagementClient("acme.kinde.com", *known)
    client.token_manager.token_url = f"{api.url}/oauth2/token"
    client.configuration.host = api.url
    return client


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.path)
def test_the_vendors_client_reads_it(
    endpoint: Endpoint, client: Any, api: Api, company: Company
) -> None:
    group, method = CLIENT[endpoint.path].split(".")
    for path, query in paths(endpoint, company)[:8]:
        pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", endpoint.path)
        named = re.fullmatch(pattern, path)
        asked = {**query, **(named.groupdict() if named else {})}
        asked |= {flag: True for flag in asked if flag.startswith("include_")}
        told, body = getattr(getattr(client, group), method), api.get(path, **query)
        if endpoint.path in TOO_MUCH_FOR_THE_CLIENT and "+11" in json.dumps(body):
            with pytest.raises(ValueError, match=r"\+11'"):
                told(**asked)
            continue
        read = told(**asked)
        rows = body[endpoint.key] if endpoint.key else body
        model = getattr(read, endpoint.key) if endpoint.key else read
        if not isinstance(rows, list):
            rows, model = [rows], [model]
        for row, seen in zip(rows, model, strict=True):
            assert as_told(seen and seen.to_dict(), row) == row
    assert api.server.tokens_issued == 2


def as_told(seen: Any, row: Any) -> Any:
    """What the client read, where it drops nulls and reads moments, in the form it was told."""
    if isinstance(row, dict) and isinstance(seen, dict):
        assert set(seen) <= set(row)
        return {name: as_told(seen.get(name), value) for name, value in row.items()}
    if isinstance(seen, datetime):
        told = datetime.fromisoformat(re.sub(r"\.\d+", lambda m: f"{m[0]:0<7}", row))
        return row if seen == told else seen
    if isinstance(row, list) and isinstance(seen, list):
        return [as_told(one, other) for one, other in zip(seen, row, strict=True)]
    return seen


def test_what_nothing_outside_vouches_for(company: Company) -> None:
    """No document has a schema of the token endpoint; errors but for those above are guesses."""
    served = {route.path.removeprefix("/api/v1") for route in KindeServer(company).routes}
    assert served - FACTS.keys() == {"/oauth2/token"}
    assert served - (set(CLIENT) - TOO_MUCH_FOR_THE_CLIENT) == {
        "/oauth2/token", "/api_keys", "/api_keys/{key_id}", "/directories",
        "/organization/{org_code}/invites", "/users/{user_id}/sessions",
    }  # fmt: skip
