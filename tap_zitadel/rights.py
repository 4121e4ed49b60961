"""What an account may read, found out by requests that a server refuses openly.

Many lists of the v2 services are filtered in silence instead: an account that lost a right gets
fewer rows, and totals to match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from identity_sdk.exchange import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

_ONE = {"query": {"limit": 1}}
INSTANCE, EVENTS, SESSIONS = "iam.read", "events.read", "session.read"
OF_THE_INSTANCE = frozenset({INSTANCE, EVENTS, SESSIONS})
"""Permissions that no role of an organization has."""
ORGANIZATIONS, POLICIES, PROVIDERS = "org.read", "policy.read", "org.idp.read"
USERS, AUTHORIZATIONS, ADMINISTRATORS = "user.read", "user.grant.read", "org.member.read"
PROJECTS, PROJECT_GRANTS = "project.read", "project.grant.read"
PROBES: Mapping[str, Request] = {
    EVENTS: Request("/admin/v1/events/_search", json={"limit": 1}),
    USERS: Request("/management/v1/users/_search", json=_ONE),
    AUTHORIZATIONS: Request("/management/v1/users/grants/_search", json=_ONE),
    ADMINISTRATORS: Request("/management/v1/orgs/me/members/_search", json=_ONE),
    PROJECTS: Request("/management/v1/projects/_search", json=_ONE),
    PROJECT_GRANTS: Request("/management/v1/projectgrants/_search", json=_ONE),
    PROVIDERS: Request("/management/v1/idps/templates/_search", json=_ONE),
    POLICIES: Request("/management/v1/policies/login"),
}
"""By permission, a request of a row that is refused to who lacks it, in v1 of every version."""
SILENT = frozenset({USERS, AUTHORIZATIONS, ADMINISTRATORS, PROJECTS})
"""Permissions whose loss some list of the v2 services hides."""
