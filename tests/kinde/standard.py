"""What is expected of tap-kinde before anything is read."""

from __future__ import annotations

from tests.kinde.expected import DEFAULT, TABLES
from tests.kinde.runs import small
from tests.standard import Standard

STANDARD = Standard(
    company=small,
    tables=TABLES,
    streams=(
        "users", "user_identities", "user_organizations", "organizations", "organization_users",
        "roles", "role_users", "role_permissions", "permissions", "applications", "apis",
        "connections", "user_sign_ins", "user_properties", "user_api_scopes",
        "user_identity_details", "user_sessions", "user_mfa", "organization_details",
        "organization_user_permissions", "organization_user_mfa", "organization_invites",
        "organization_connections", "role_scopes", "role_system_permissions",
        "system_permissions", "application_access_roles", "application_connections",
        "api_applications", "api_scopes", "directories", "api_keys", "sync_runs",
    ),
    opt_in=(
        "user_sign_ins", "user_properties", "user_api_scopes",
        "user_identity_details", "user_sessions", "user_mfa", "organization_details",
        "organization_user_permissions", "organization_user_mfa", "organization_invites",
        "organization_connections", "role_scopes", "role_system_permissions",
        "system_permissions", "application_access_roles", "application_connections",
        "api_applications", "api_scopes", "directories", "api_keys",
    ),
    default=DEFAULT,
    settings=dict.fromkeys(("base_url", "client_id", "client_secret", "audience")),
    secret=frozenset({"client_secret"}),
    required=("base_url", "client_id", "client_secret"),
    incremental={"user_sign_ins": "last_signed_in"},
    secret_columns={
        "*": frozenset({"secret_token", "invite_link", "options", "key_value"}),
        "organization_invites": frozenset({"code"}),
    },
)  # fmt: skip
