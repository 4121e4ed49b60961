"""What is expected of tap-zitadel before anything is read."""

from __future__ import annotations

from tests.standard import Standard
from tests.zitadel.expected import DEFAULT, TABLES
from tests.zitadel.runs import small

STANDARD = Standard(
    company=small,
    served={"zitadel_version": (5, 0)},  # the first that has groups
    tables=TABLES,
    streams=(
        "instance", "organizations", "organization_domains", "users", "projects",
        "project_roles", "project_grants", "authorizations", "authorization_roles",
        "administrators", "applications", "personal_access_tokens", "machine_keys",
        "application_keys", "identity_providers", "groups", "group_users", "events",
        "organization_metadata", "user_metadata", "user_auth_methods", "user_idp_links",
        "sessions", "policies", "sync_runs",
    ),
    # What is personal, or takes a request for each.
    opt_in=(
        "organization_metadata", "user_metadata", "user_auth_methods", "user_idp_links",
        "sessions", "policies",
    ),
    default=DEFAULT,
    settings={
        **dict.fromkeys(("instance_url", "pat", "private_key", "client_id", "client_secret")),
        **dict.fromkeys(("organization_id", "external_domain")),
        "api_version": "auto",
        "event_payload": "none",
    },
    secret=frozenset({"pat", "private_key", "client_secret"}),
    required=("instance_url",),
    incremental={"events": "creation_date"},
    may_be_incremental={"administrators": "change_date"},
    secret_columns={"*": frozenset({"key_details", "public_key"})},
)  # fmt: skip
