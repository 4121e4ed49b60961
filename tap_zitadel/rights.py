"""The permissions that streams need, by ZITADEL's names.

No endpoint returns those of an account. v1 and some v2 services refuse requests openly; many lists
of v2 are filtered silently instead, with lower totals.
"""

from __future__ import annotations

INSTANCE, EVENTS, SESSIONS = "iam.read", "events.read", "session.read"
OF_THE_INSTANCE = frozenset({INSTANCE, EVENTS, SESSIONS})
"""Permissions that are in no role of an organization."""
ORGANIZATIONS, POLICIES, PROVIDERS = "org.read", "policy.read", "org.idp.read"
USERS, AUTHORIZATIONS, ADMINISTRATORS = "user.read", "user.grant.read", "org.member.read"
PROJECTS, PROJECT_GRANTS = "project.read", "project.grant.read"
GROUPS = "group.read"
