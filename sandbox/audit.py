"""RudderStack's Audit Logs API, as its documentation describes it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from sandbox.company import Company, Event

PATH = "/v2/audit-logs"
ORGANIZATION, WORKSPACES = "org-1", ("ws-1", "ws-2")


class AuditLogs:
    """The company's events, oldest first.

    Attributes:
        inclusive: Whether `created_after` brings events of just that moment, which the
            documentation does not say.
    """

    def __init__(self, company: Company, token: str) -> None:
        self.company = company
        self.token = token
        self.inclusive = False

    async def answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return JSONResponse({"error": "Unauthorized", "code": "UNAUTHORIZED"}, 401)
        query = request.query_params
        per_page = int(query.get("per_page", 100))
        if not 1 <= per_page <= 100:
            return JSONResponse({"error": "per_page", "code": "BAD_REQUEST"}, 400)
        found = [event for event in self.company.events if self._matches(event, query)]
        ids = [event.id for event in found]
        first = ids.index(query["after_cursor"]) + 1 if "after_cursor" in query else 0
        page = found[first : first + per_page]
        paging: dict[str, object] = {"total": len(found)}
        if first + per_page < len(found):
            paging["next"] = f"{PATH}?{urlencode({**query, 'after_cursor': page[-1].id})}"
        return JSONResponse({"data": [as_row(event) for event in page], "paging": paging})

    def _matches(self, event: Event, query: Mapping[str, str]) -> bool:
        workspace = query.get("workspace_id")
        if workspace and workspace != workspace_of(event):
            return False
        if not (after := query.get("created_after")):
            return True
        bound = datetime.fromisoformat(after.replace("Z", "+00:00"))
        moment = milliseconds(event.at)
        return moment > bound or (self.inclusive and moment == bound)


def as_row(event: Event) -> dict[str, object]:
    """An event as the API shows it."""
    row: dict[str, object] = {
        "id": event.id,
        "actorId": event.actor,
        "actorType": "user",
        "targetId": event.target,
        "targetType": event.target_type,
        "action": event.action,
        "ip": "192.0.2.7",
        "createdAt": f"{event.at:%Y-%m-%dT%H:%M:%S}.{event.at.microsecond // 1000:03}Z",
        "organizationId": ORGANIZATION,
    }
    if workspace := workspace_of(event):
        row["workspaceId"] = workspace
    return row


def workspace_of(event: Event) -> str | None:
    """Events of people belong to the organization, those of permissions to a workspace."""
    return None if event.target_type == "user" else WORKSPACES[event.number % 2]


def milliseconds(moment: datetime) -> datetime:
    """A moment as precisely as the API tells it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
