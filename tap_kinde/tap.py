"""Settings and streams of tap-kinde."""

from __future__ import annotations

import re
from functools import cached_property
from typing import ClassVar

from singer_sdk import typing as th
from typing_extensions import override

from identity_sdk import (
    SHARED_SETTINGS,
    Client,
    CrossCheck,
    Difference,
    IdentityError,
    IdentityStream,
    IdentityTap,
    Stopped,
    TokenEndpoint,
    check_url,
    client_credentials,
)
from tap_kinde import applications, facts, organizations, streams
from tap_kinde.client import ERROR_MAPPING


class TapKinde(IdentityTap):
    """Users, organizations, roles and permissions of a Kinde environment, and who holds them."""

    name = "tap-kinde"
    config_jsonschema: ClassVar = th.PropertiesList(
        th.Property(
            "base_url",
            th.StringType(nullable=False),
            required=True,
            title="Base URL",
            description="URL of the environment, https://SUBDOMAIN.kinde.com, even if it has a "
            "custom domain; with or without /api/v1.",
        ),
        th.Property(
            "client_id",
            th.StringType(nullable=False),
            required=True,
            title="Client ID",
            description="Client ID of a machine-to-machine application that is authorized for the "
            "Kinde Management API.",
        ),
        th.Property(
            "client_secret",
            th.StringType(nullable=False),
            required=True,
            secret=True,
            title="Client secret",
            description="Client secret of that application.",
        ),
        th.Property(
            "audience",
            th.StringType,
            title="Audience",
            description="Audience of the Management API. Empty: /api below `base_url`.",
        ),
        *SHARED_SETTINGS,
    ).to_dict()
    stream_types = (
        streams.Users,
        streams.UserIdentities,
        streams.UserOrganizations,
        organizations.Organizations,
        organizations.OrganizationUsers,
        streams.Roles,
        streams.RoleUsers,
        streams.RolePermissions,
        streams.Permissions,
        applications.Applications,
        applications.Apis,
        applications.Connections,
        streams.UserSignIns,
        streams.UserProperties,
        streams.UserApiScopes,
        streams.UserIdentityDetails,
        streams.UserSessions,
        streams.UserMfa,
        organizations.OrganizationDetails,
        organizations.OrganizationUserPermissions,
        organizations.OrganizationUserMfa,
        organizations.OrganizationInvites,
        organizations.OrganizationConnections,
        streams.RoleScopes,
        streams.RoleSystemPermissions,
        streams.SystemPermissions,
        applications.ApplicationAccessRoles,
        applications.ApplicationConnections,
        applications.ApiApplications,
        applications.ApiScopes,
        streams.Directories,
        streams.ApiKeys,
    )

    @cached_property
    def base_url(self) -> str:
        url = check_url(
            "base_url", self.config["base_url"], allow_http=self.config.get("allow_http", False)
        )
        return re.sub(r"/api(/v1)?\Z", "", url)

    @cached_property
    def audience(self) -> str:
        given = self.config.get("audience") or f"{self.base_url}/api"
        return check_url("audience", given, allow_http=True)

    @cached_property
    @override
    def coverage(self) -> tuple[str, ...]:
        """The environment, or the one organization that the token is bound to."""
        grant = self.run.client.grant()
        code = grant.claims.get("org_code") if grant else None
        return (f"{self.base_url} organization {code}" if code else self.base_url,)

    @override
    def make_client(self) -> Client:
        token = client_credentials(
            (self.base_url, "/oauth2/token"),
            self.config["client_id"],
            self.config["client_secret"],
            audience=self.audience,
        )
        return Client(
            f"{self.base_url}/api/v1",
            TokenEndpoint(token, "`base_url`"),
            error_mapping=ERROR_MAPPING,
            **self.client_settings,
        )

    @override
    def missing_permission(self, permission: str) -> str | None:
        grant = self.run.client.grant()
        if grant is None or grant.scope is None or permission in grant.scope:
            return None  # If the token does not say, the server will refuse the request.
        return f"grant the application the scope `{permission}`."

    # Cross-checks of listings, as Kinde states no totals

    @cached_property
    def memberships_differ(self) -> Difference:
        """Between users' own lists of organizations (left) and the organizations' users."""
        pair = (streams.Users, organizations.OrganizationUsers)
        left, right = facts.of_users(self._users), facts.of_members(self._members)
        return self._difference(pair, CrossCheck(left, right))

    @cached_property
    def roles_differ(self) -> Difference:
        """Between the roles that members are listed with (left) and the roles' own users."""
        pair = (organizations.OrganizationUsers, streams.RoleUsers)
        roles, holders = self.stream_of(streams.Roles), self.stream_of(streams.RoleUsers)
        right = facts.of_role_users(roles, holders)
        return self._difference(pair, CrossCheck(facts.of_member_roles(self._members), right))

    @property
    def _users(self) -> streams.Users:
        return self.stream_of(streams.Users)

    @property
    def _members(self) -> organizations.OrganizationUsers:
        return self.stream_of(organizations.OrganizationUsers)

    def _difference(
        self, listings: tuple[type[IdentityStream], ...], check: CrossCheck
    ) -> Difference:
        """The difference that a cross-check finds, if this run reads both listings anyway."""
        if not all(self.run.readers_of(self.stream_of(each)) for each in listings):
            return Difference()
        try:
            return check.difference
        except Stopped:
            raise
        except IdentityError as error:  # The stream of that listing reports it.
            names = " and ".join(f"`{each.name}`" for each in listings)
            self.logger.warning("%s cannot be cross-checked: %s", names, error)
            return Difference()
