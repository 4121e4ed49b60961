"""What is expected of tap-logto before anything is read."""

from __future__ import annotations

from tests.logto.emulator import small
from tests.logto.expected import DEFAULT, TABLES
from tests.standard import Standard

STANDARD = Standard(
    company=small,
    tables=TABLES,
    streams=(
        "users", "user_identities", "roles", "role_users", "role_applications", "role_scopes",
        "resources", "scopes", "organizations", "organization_memberships",
        "organization_member_roles", "organization_roles", "organization_role_scopes",
        "organization_role_resource_scopes", "organization_scopes", "organization_applications",
        "organization_application_roles", "organization_invitations",
        "organization_jit_email_domains", "organization_jit_roles",
        "organization_jit_sso_connectors", "applications", "application_secrets", "connectors",
        "sso_connectors", "hooks", "audit_logs", "user_mfa_verifications",
        "user_personal_access_tokens", "user_sessions", "user_grants",
        "application_user_consent_scopes", "application_access_control", "sync_runs",
    ),
    # What takes a request for each user or application.
    opt_in=(
        "user_mfa_verifications", "user_personal_access_tokens", "user_sessions", "user_grants",
        "application_user_consent_scopes", "application_access_control",
    ),
    default=DEFAULT,
    settings=dict.fromkeys(("base_url", "client_id", "client_secret", "resource", "token_url")),
    secret=frozenset({"client_secret"}),
    required=("base_url", "client_id", "client_secret"),
    incremental={"audit_logs": "created_at"},
    may_be_incremental={"users": "updated_at"},
)  # fmt: skip
