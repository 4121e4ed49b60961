"""An emulated Logto on loopback, companies for it to serve, and what was recorded of a real one."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import requests

from sandbox.access import AGENT
from sandbox.company import Company
from sandbox.logto import CLIENT_ID, CLIENT_SECRET, RESOURCE, LogtoServer
from sandbox.logto.endpoints import ENDPOINTS
from sandbox.made_up import Size
from sandbox.model import Factor, Identity, SignIn
from tests.closing import listening

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.faults import App

RECORDINGS = Path(__file__).parent / "recorded"
CONTRACTS = Path(__file__).parents[3] / "shared" / "contracts"
FORM = {"grant_type": "client_credentials", "resource": RESOURCE, "scope": "all"}
CLIENT = (CLIENT_ID, CLIENT_SECRET)


class Served:
    """An emulator that answers while this is entered."""

    def __init__(self, server: LogtoServer, app: App | None = None, prefix: str = "") -> None:
        self.server = server
        self.session = requests.Session()
        self.url = ""
        self._app, self._prefix = app or cast("App", server), prefix
        self._token: str | None = None
        self._open = ExitStack()

    def __enter__(self) -> Served:
        self.url = f"{self._open.enter_context(listening(self._app))}{self._prefix}"
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()
        self._open.close()

    def token(self, **form: str) -> str:
        """A token, asked for with these parameters changed."""
        answer = self.session.post(f"{self.url}/oidc/token", {**FORM, **form}, auth=CLIENT)
        value: str = answer.json()["access_token"]
        return value

    def forget_token(self) -> None:
        """Ask for another one next time."""
        self._token = None

    def get(self, path: str, token: str | None = None, **headers: str) -> requests.Response:
        """The answer to a GET of a path below `/api`."""
        if token is None:
            token = self._token = self._token or self.token()
        headers = {"Authorization": f"Bearer {token}", **headers}
        return self.session.get(f"{self.url}/api{path}", headers=headers)

    def rows(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def walk(self, path: str, page_size: int) -> list[str]:
        """The ids on the pages of a list, page after page until one is empty."""
        ids: list[str] = []
        number = 1
        while page := self.rows(f"{path}?page={number}&page_size={page_size}"):
            ids += [row["id"] for row in page]
            number += 1
        return ids


def small() -> Company:
    """A company with some of everything there is."""
    company = Company.made_up(24, 2, 4, size=Size(organizations=5, memberships=40, sign_ins=12))
    access, person = company.access, next(iter(company.people.values()))
    enterprise = next(p for p in access.providers.values() if p.protocol == "oidc")
    identity = company.new(Identity, provider=enterprise, subject="sso-1")
    identity.created = company.now
    person.identities.append(identity)
    factor = company.new(Factor, kind="webauthn", name="A key", used=company.now)
    factor.created = company.now
    person.factors.append(factor)
    organization = next(iter(access.organizations.values()))
    role = access.roles_of("tenant", "person")[0]
    application = next(a for a in access.applications.values() if a.kind == "spa")
    application.allowed = [person, role, organization]
    access.sign_in(application, person)
    return company


def recorded_size() -> Company:
    """A company with as many people, and as many logs, as the server that was recorded."""
    company = Company.made_up(250, 1, 0, size=Size(organizations=6, memberships=400, sign_ins=40))
    access, people = company.access, list(company.people.values())
    twenty = access.organization("Twenty members")
    for person in people[:20]:
        access.add_member(twenty, person)
    application = next(iter(access.applications.values()))
    start = datetime.fromtimestamp(1790812800, timezone.utc)
    for number in range(1, 10_142 - len(access.sign_ins) + 1):
        at = start + timedelta(seconds=number)
        identifier = f"event{number:07d}"
        access.sign_ins.append(
            SignIn(identifier, number, at, application, people[0], None, "192.0.2.7", AGENT)
        )
    return company


def paths_of(company: Company, pattern: str) -> list[str]:
    """A path for each thing of the company that a pattern may stand for."""
    access = company.access
    if "{user}" in pattern:
        return [
            pattern.replace("{id}", organization.id).replace("{user}", member.holder.id)
            for organization in access.organizations.values()
            for member in access.people_of(organization)
        ]
    kind = pattern.split("/")[1]
    levels = {"roles": "tenant", "organization-roles": "organization"}
    ids: dict[str, list[str]] = {
        "users": list(company.people),
        "organizations": list(access.organizations),
        "applications": list(access.applications),
        "resources": ["management-api", *access.apis],
        "logs": [event.id for event in access.sign_ins],
    }
    if kind in levels:
        ids[kind] = [role.id for role in access.roles_of(levels[kind])]
    if kind == "applications" and pattern.endswith("/roles"):
        ids[kind] = [a.id for a in access.applications.values() if a.kind == "machine"]
    return [pattern.replace("{id}", each) for each in ids[kind]] if "{id}" in pattern else [pattern]


def load(path: Path) -> dict[str, Any]:
    recording: dict[str, Any] = json.loads(path.read_text())
    return recording


def pattern_of(url: str) -> str:
    """The endpoint that a recorded request was for."""
    path = path_of(url).removeprefix("/api").partition("?")[0]
    patterns = sorted({endpoint.path for endpoint in ENDPOINTS}, key=lambda each: "{" in each)
    for pattern in patterns:
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
            return pattern
    raise LookupError(url)


def path_of(url: str) -> str:
    return re.sub(r"https?://[^/]+", "", url)


@dataclass
class Outline:
    """What several values have in common.

    Attributes:
        keys: At each place where there are objects, their keys.
        types: At each place, the types of what is there, other than null.
    """

    keys: dict[str, set[str]] = field(default_factory=dict)
    types: dict[str, set[str]] = field(default_factory=dict)

    def add(self, value: Any, free: frozenset[str], at: str = "") -> None:
        """Look at one more value, but not at what is below keys that are free."""
        types = self.types.setdefault(at, set())
        if value is not None:
            types.add("number" if type(value) in (int, float) else type(value).__name__)
        if at.rpartition(".")[2] in free:
            return
        if isinstance(value, dict):
            self.keys.setdefault(at, set()).update(value)
            for key, inner in value.items():
                self.add(inner, free, f"{at}.{key}")
        elif isinstance(value, list):
            for inner in value:
                self.add(inner, free, f"{at}[]")


def outline(values: Iterable[Any], free: frozenset[str]) -> Outline:
    found = Outline()
    for value in values:
        found.add(value, free)
    return found
