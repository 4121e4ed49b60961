"""The emulator of Kinde on a free port, and a client that knows nothing but where it is."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.company import Company
from sandbox.kinde import KindeServer, ids
from sandbox.made_up import Size
from sandbox.model import Identity, Person
from tests.closing import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.kinde.endpoints import Endpoint
    from sandbox.model import Membership

MEMBER = "/organizations/{org_code}/users/{user_id}"
EVERYTHING = {
    "/users": {"expand": "organizations,identities,billing"},
    "/search/users": {"query": "*", "expand": "organizations,identities,properties"},
    "/organization": {"expand": "billing"},
    "/organization/{org_code}/invites": {"include_revoked": "true", "include_accepted": "true"},
    "/organizations/{org_code}/users/{user_id}/permissions": {"expand": "roles"},
    "/apis": {"expand": "scopes"},
}
"""What makes an endpoint tell all that it can."""


@dataclass
class Api:
    """A client without any knowledge of the API but where it is."""

    url: str
    server: KindeServer
    token: str = ""

    def __post_init__(self) -> None:
        self.http = requests.Session()
        self.http.trust_env = False

    def ask_token(self, **changes: str | None) -> requests.Response:
        form = {
            "grant_type": "client_credentials", "client_id": self.server.client_id,
            "client_secret": self.server.client_secret, "audience": f"{self.url}/api", **changes,
        }  # fmt: skip
        return self.http.post(f"{self.url}/oauth2/token", data=form, timeout=10)

    def sign_in(self) -> None:
        self.token = self.ask_token().json()["access_token"]

    def ask(self, path: str, **query: Any) -> requests.Response:
        if not self.token:
            self.sign_in()
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.url}/api/v1{path}"
        return self.http.get(url, params=query, headers=headers, timeout=10)

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self.ask(path, **query)
        assert answer.status_code == 200, (path, answer.text)
        body: dict[str, Any] = answer.json()
        return body

    def code(self, path: str, **query: Any) -> tuple[int, str]:
        """Status and code of an error."""
        answer = self.ask(path, **query)
        errors = answer.json()["errors"]
        assert isinstance(errors, dict) == (answer.status_code == 404)
        return answer.status_code, (errors if isinstance(errors, dict) else errors[0])["code"]


@contextmanager
def served(server: KindeServer) -> Iterator[Api]:
    """The emulator below a prefix on a free port, as the sandbox has it."""
    with listening(Starlette(routes=[Mount("/kinde", server)])) as url:
        api = Api(f"{url}/kinde", server)
        try:
            yield api
        finally:
            api.http.close()


def made_up() -> Company:
    """Small; with an enterprise identity, and an application that not everybody may use."""
    company = Company.made_up(people=15, size=Size(organizations=5, memberships=24, sign_ins=40))
    access, person = company.access, next(iter(company.people.values()))
    saml = next(p for p in access.providers.values() if p.protocol == "saml")
    person.identities.append(company.new(Identity, provider=saml, subject=person.email))
    portal = next(a for a in access.applications.values() if a.kind == "web")
    portal.allowed = [*access.roles_of("organization", "person"), person]
    return company


def user_id(member: Membership) -> str:
    assert isinstance(member.holder, Person)
    return ids.user_id(member.holder)


def paths(endpoint: Endpoint, company: Company) -> list[tuple[str, dict[str, str]]]:
    """Every path and query that the endpoint has for this company."""
    access, query = company.access, EVERYTHING.get(endpoint.path, {})
    codes = [ids.organization_code(each) for each in access.organizations.values()]
    values = {
        "org_code": codes,
        "organization_code": codes,
        "user_id": [ids.user_id(each) for each in company.people.values()],
        "role_id": [ids.role_id(each) for each in access.roles_of("organization", "person")],
        "application_id": [ids.application_id(each) for each in access.applications.values()],
        "api_id": [ids.api_id(each) for each in access.apis.values()],
        "key_id": [ids.api_key_id(t) for p in company.people.values() for t in p.tokens],
    }
    if endpoint.path == "/organization":
        return [(endpoint.path, {"code": code, **query}) for code in codes]
    if endpoint.path.startswith(MEMBER):
        memberships = [
            member for each in access.organizations.values() for member in access.people_of(each)
        ]
        places = [
            (ids.organization_code(member.organization), user_id(member)) for member in memberships
        ]
        return [(endpoint.path.format(org_code=c, user_id=u), query) for c, u in places]
    if not (parameter := re.search(r"{(\w+)}", endpoint.path)):
        return [(endpoint.path, query)]
    return [(endpoint.path.format(**{parameter[1]: v}), query) for v in values[parameter[1]]]


def name_of(row: dict[str, Any]) -> str:
    row = row.get("connection", row)
    return str(row.get("id") or row.get("code") or row.get("session_id"))


def walk(api: Api, endpoint: Endpoint, path: str, **query: Any) -> list[list[str]]:
    """The ids on each page, by the endpoint's style, until it says that there are no more."""
    pages: list[list[str]] = []
    while len(pages) < 60:
        body = api.get(path, **query)
        pages.append([name_of(row) for row in body[str(endpoint.key)] or []])
        if endpoint.style == "next_token":
            query["next_token"] = body["next_token"]
            more = bool(body["next_token"])
        elif endpoint.style == "starting_after":
            query["starting_after"], more = pages[-1][-1] if pages[-1] else "", body["has_more"]
        else:
            query["starting_after"] = pages[-1][-1] if pages[-1] else ""
            more = bool(pages[-1]) and endpoint.style == "search"
        if not more:
            break
    return pages
