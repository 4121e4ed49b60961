"""The permissions that streams need, by ZITADEL's names.

Which of them an account has, no endpoint tells. v1 and some services of v2 refuse openly; many
lists of v2 are filtered in silence instead, with totals to match.
"""

from __future__ import annotations

INSTANCE, EVENTS, SESSIONS = "iam.read", "events.read", "session.read"
OF_THE_INSTANCE = frozenset({INSTANCE, EVENTS, SESSIONS})
"""Permissions that no role of an organization has."""
ORGANIZATIONS, POLICIES, PROVIDERS = "org.read", "policy.read", "org.idp.read"
USERS, AUTHORIZATIONS, ADMINISTRATORS = "user.read", "user.grant.read", "org.member.read"
PROJECTS, PROJECT_GRANTS = "project.read", "project.grant.read"
GROUPS = "group.read"
