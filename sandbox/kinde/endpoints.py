"""Every endpoint that is served, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sandbox.kinde import organizations as o
from sandbox.kinde import people as p
from sandbox.kinde import tenant as t

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Style = Literal["next_token", "starting_after", "search", "whole", "record"]


@dataclass(frozen=True)
class Endpoint:
    """A list, or a record, that a token with the scope may read.

    Attributes:
        key: Where the list or the record is in the answer; None if the record is the answer.
        style: How the list is paged.
        find: Everything that the list consists of, by id, in any order.
        row: How one of them is shown.
        sorts: What it may be sorted by.
        order: How it is sorted unless it is asked for; if empty, by id.
        declared: Whether the vendor says how it is paged, rather than the envelope alone.
        missing: The status if the path names what is not there.
        may_be_null: Whether a record that is not there is null.
    """

    path: str
    scope: str
    key: str | None
    style: Style
    find: Callable[[Any], Mapping[str, Any]]
    row: Callable[[Any, Any], dict[str, Any]]
    sorts: tuple[str, ...] = ()
    order: str = ""
    page_size: int = 10
    most: int = 500
    declared: bool = True
    missing: int = 404
    may_be_null: bool = False


_MEMBER = "/organizations/{org_code}/users/{user_id}"
_ROLE = "/roles/{role_id}"
_APPLICATION = "/applications/{application_id}"

ENDPOINTS = (
    # People
    Endpoint("/users", "read:users", "users", "next_token", p.users, p.user),
    Endpoint("/search/users", "read:users", "results", "search", p.found_users, p.found_user),
    Endpoint("/users/{user_id}/identities", "read:user_identities", "identities",
             "starting_after", p.identities, p.identity),
    Endpoint("/users/{user_id}/sessions", "read:user_sessions", "sessions",
             "starting_after", p.sessions, p.session, declared=False),
    Endpoint("/users/{user_id}/mfa", "read:user_mfa", "mfa",
             "record", p.factors, p.factor, may_be_null=True),
    Endpoint("/api_keys", "read:api_keys", "api_keys",
             "starting_after", p.api_keys, p.api_key, page_size=50),
    Endpoint("/api_keys/{key_id}", "read:api_keys", "api_key",
             "record", p.the_api_key, p.api_key_details),
    # Organizations and their members
    Endpoint("/organizations", "read:organizations", "organizations",
             "next_token", o.organizations, o.organization, sorts=("name", "email")),
    Endpoint("/organization", "read:organizations", None,
             "record", o.the_organization, o.organization_details),
    Endpoint("/organizations/{org_code}/users", "read:organization_users", "organization_users",
             "next_token", o.members, o.member, sorts=("name", "email")),
    Endpoint(f"{_MEMBER}/permissions", "read:organization_user_permissions", "permissions",
             "whole", o.member_permissions, o.member_permission),
    Endpoint(f"{_MEMBER}/mfa", "read:organization_user_mfa", "mfa",
             "record", p.factors, p.factor, may_be_null=True),
    Endpoint("/organization/{org_code}/invites", "read:organization_invites", "invites",
             "next_token", o.invites, o.invite, sorts=("created_on", "email", "name")),
    Endpoint("/organizations/{organization_code}/connections", "read:organization_connections",
             "connections", "starting_after", t.organization_connections, t.connection,
             declared=False),
    Endpoint("/directories", "read:scim_directories", "directories",
             "starting_after", o.directories, o.directory, page_size=50),
    # Roles and permissions
    Endpoint("/roles", "read:roles", "roles",
             "next_token", t.roles, t.role, sorts=("name", "key")),
    Endpoint(f"{_ROLE}/users", "read:organization_user_roles", "users",
             "next_token", t.role_users, t.role_user),
    Endpoint(f"{_ROLE}/permissions", "read:role_permissions", "permissions",
             "next_token", t.role_permissions, t.permission, sorts=("name", "id")),
    Endpoint(f"{_ROLE}/scopes", "read:role_scopes", "scopes",
             "whole", t.role_scopes, t.role_scope),
    Endpoint(f"{_ROLE}/system_permissions", "read:role_system_permissions", "system_permissions",
             "next_token", t.role_system_permissions, t.system_permission, sorts=("name", "id")),
    Endpoint("/permissions", "read:permissions", "permissions",
             "next_token", t.permissions, t.permission, sorts=("name", "id")),
    Endpoint("/system_permissions", "read:system_permissions", "system_permissions",
             "next_token", t.system_permissions, t.system_permission, sorts=("name", "id")),
    # Applications, APIs, connections
    Endpoint("/applications", "read:applications", "applications",
             "next_token", t.applications, t.application, sorts=("name",)),
    Endpoint(_APPLICATION, "read:applications", "application",
             "record", t.the_application, t.application_details),
    Endpoint(f"{_APPLICATION}/access_roles", "read:applications", "roles",
             "starting_after", t.access_roles, t.access_role, most=100, missing=400),
    Endpoint(f"{_APPLICATION}/connections", "read:application_connections", "connections",
             "starting_after", t.application_connections, t.connection, declared=False),
    Endpoint("/apis", "read:apis", "apis", "next_token", t.apis, t.api,
             sorts=("name",), order="name_asc", declared=False),
    Endpoint("/apis/{api_id}", "read:apis", "api", "record", t.the_api, t.api_details),
    Endpoint("/apis/{api_id}/scopes", "read:api_scopes", "scopes", "whole", t.scopes, t.scope),
    Endpoint("/connections", "read:connections", "connections",
             "starting_after", t.connections, t.connection),
)  # fmt: skip
"""Their paths are below `/api/v1`."""
