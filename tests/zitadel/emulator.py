"""The emulator of ZITADEL on a free port, and how tests ask it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.closing import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.zitadel import ZitadelServer

    Key = Callable[[dict[str, Any]], Any]


PROJECTS = "/zitadel.project.v2.ProjectService/ListProjects"
ROLES = "/zitadel.project.v2.ProjectService/ListProjectRoles"
AUTHORIZATIONS = "/zitadel.authorization.v2.AuthorizationService/ListAuthorizations"
ADMINISTRATORS = "/zitadel.internal_permission.v2.InternalPermissionService/ListAdministrators"
APPLICATIONS = "/zitadel.application.v2.ApplicationService/ListApplications"
GRANTS = "/zitadel.project.v2.ProjectService/ListProjectGrants"
GROUPS = "/zitadel.group.v2.GroupService/ListGroups"
GROUP_USERS = "/zitadel.group.v2.GroupService/ListGroupUsers"
ORGS = "/v2/organizations/_search"
EVENTS = "/admin/v1/events/_search"
LISTS = (
    "result", "projects", "projectRoles", "projectGrants", "authorizations", "administrators",
    "applications", "keys", "sessions", "events", "groups", "groupUsers", "metadata", "domains",
)  # fmt: skip
"""Under which names answers have rows."""


class Api:
    """Asks a server, with its personal access token unless another is set."""

    def __init__(self, url: str, server: ZitadelServer) -> None:
        self.url, self.server = url, server
        self.token = server.pat
        self.http = requests.Session()

    def ask(
        self, path: str, body: Any = None, *, method: str = "POST", org: str = "", **headers: str
    ) -> requests.Response:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        if org:
            sent["x-zitadel-orgid"] = org
        json = None if method == "GET" else body or {}
        url = f"{self.url}{path}"
        return self.http.request(method, url, json=json, headers=sent, timeout=10)

    def get(self, path: str, body: Any = None, **how: Any) -> dict[str, Any]:
        answer = self.ask(path, body, **how)
        assert answer.status_code == 200, (path, answer.text)
        told: dict[str, Any] = answer.json()
        return told

    def rows(self, path: str, body: Any = None, **how: Any) -> list[dict[str, Any]]:
        return rows(self.get(path, body, **how))

    def refused(self, path: str, body: Any = None, **how: Any) -> tuple[int, Any, str]:
        """Status, code and id of an error."""
        answer = self.ask(path, body, **how)
        told = answer.json()
        details = told.get("details") or [{}]
        return answer.status_code, told["code"], (details[0].get("debug") or details[0]).get("id")


def rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = next((body[name] for name in LISTS if name in body), [])
    return found


def total(body: dict[str, Any]) -> int:
    """How many rows there are, if the answer says so, or else 0."""
    about = body.get("pagination") or body.get("details") or {}
    return int(about.get("totalResult", 0))


@contextmanager
def served(server: ZitadelServer, prefix: str = "/zitadel") -> Iterator[Api]:
    """The emulator below a prefix on a free port, as the sandbox has it."""
    with listening(Starlette(routes=[Mount(prefix or "/", server)])) as url:
        api = Api(f"{url}{prefix}", server)
        try:
            yield api
        finally:
            api.http.close()


def key(row: dict[str, Any]) -> str:
    """All of a row that tells it from others."""
    told = ("projectId", "grantedOrganizationId", "groupId", "organization", "projectGrant", "key")
    user, about = row.get("user", {}).get("id"), [row.get(name) for name in told]
    return str((user, about, row.get("project"), row.get("instance")))


def pages(api: Api, path: str, size: int, **asked: Any) -> tuple[list[list[str]], int]:
    """The keys of each page up to the end, and the total."""
    found: list[list[str]] = []
    counted = 0
    while True:
        window = {"offset": len(found) * size, "limit": size, "asc": True}
        body = api.get(path, {"pagination": window, **asked})
        if not rows(body):
            return found, counted
        counted = total(body)
        found.append([key(row) for row in rows(body)])


def lost(api: Api, path: str, size: int, **asked: Any) -> int:
    found, counted = pages(api, path, size, **asked)
    assert sum(map(len, found)) == counted
    return counted - len({each for page in found for each in page})
