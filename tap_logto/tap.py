"""Settings and streams of tap-logto."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar
from urllib.parse import urlsplit

from singer_sdk import typing as th
from typing_extensions import override

from identity_sdk import (
    SHARED_SETTINGS,
    Client,
    IdentityTap,
    Rejected,
    Request,
    TokenEndpoint,
    check_url,
    client_credentials,
    split,
)
from tap_logto import applications, logs, organizations, streams
from tap_logto.client import ERROR_MAPPING, ROLE

OWN_SERVER = "https://default.logto.app/api"
"""The Management API's resource indicator on every server that is not Logto Cloud."""


class TapLogto(IdentityTap):
    """Users, organizations, roles and permissions of a Logto tenant, and who holds them."""

    name = "tap-logto"
    config_jsonschema: ClassVar = th.PropertiesList(
        th.Property(
            "base_url",
            th.StringType(nullable=False),
            required=True,
            title="Base URL",
            description="URL of the tenant, such as https://TENANT-ID.logto.app, its custom "
            "domain, or the URL of a self-hosted server; with or without /api.",
        ),
        th.Property(
            "client_id",
            th.StringType(nullable=False),
            required=True,
            title="Client ID",
            description="App ID of a machine-to-machine application with the role `Logto "
            "Management API access`.",
        ),
        th.Property(
            "client_secret",
            th.StringType(nullable=False),
            required=True,
            secret=True,
            title="Client secret",
            description="App secret of that application.",
        ),
        th.Property(
            "token_url",
            th.StringType,
            title="Token URL",
            description="Token endpoint. Empty: /oidc/token below `base_url`.",
        ),
        th.Property(
            "resource",
            th.StringType,
            title="Resource",
            description="Resource indicator of the Management API. Empty: that of the tenant for "
            f"*.logto.app, else {OWN_SERVER}. With a custom domain of Logto Cloud: "
            "https://TENANT-ID.logto.app/api.",
        ),
        *SHARED_SETTINGS,
    ).to_dict()
    stream_types = (
        streams.Users,
        streams.UserIdentities,
        streams.Roles,
        streams.RoleUsers,
        streams.RoleApplications,
        streams.RoleScopes,
        streams.Resources,
        streams.Scopes,
        organizations.Organizations,
        organizations.OrganizationMemberships,
        organizations.OrganizationMemberRoles,
        organizations.OrganizationRoles,
        organizations.OrganizationRoleScopes,
        organizations.OrganizationRoleResourceScopes,
        organizations.OrganizationScopes,
        organizations.OrganizationApplications,
        organizations.OrganizationApplicationRoles,
        organizations.OrganizationInvitations,
        organizations.OrganizationJitEmailDomains,
        organizations.OrganizationJitRoles,
        organizations.OrganizationJitSsoConnectors,
        applications.Applications,
        applications.ApplicationSecrets,
        streams.Connectors,
        streams.SsoConnectors,
        streams.Hooks,
        logs.AuditLogs,
        streams.UserMfaVerifications,
        streams.UserPersonalAccessTokens,
        streams.UserSessions,
        streams.UserGrants,
        applications.ApplicationUserConsentScopes,
        applications.ApplicationAccessControl,
    )

    @cached_property
    def base_url(self) -> str:
        return self._url("base_url", self.config["base_url"]).removesuffix("/api")

    @cached_property
    def token_url(self) -> str:
        return self._url("token_url", self.config.get("token_url") or f"{self.base_url}/oidc/token")

    @cached_property
    def resource(self) -> str:
        given: str | None = self.config.get("resource")
        if given:
            return check_url("resource", given, allow_http=True)
        host = urlsplit(self.base_url).hostname or ""
        return f"https://{host}/api" if host.endswith(".logto.app") else OWN_SERVER

    def _url(self, name: str, value: str) -> str:
        return check_url(name, value, allow_http=self.config.get("allow_http", False))

    @cached_property
    @override
    def coverage(self) -> tuple[str, ...]:
        return (self.base_url,)

    @property
    @override
    def default_rate_limit(self) -> float | None:
        """200 requests in 10 seconds per tenant of Logto Cloud."""
        return None if self.resource == OWN_SERVER else 20.0

    @override
    def make_client(self) -> Client:
        token = client_credentials(
            split(self.token_url),
            self.config["client_id"],
            self.config["client_secret"],
            resource=self.resource,
            scope="all",
        )
        return Client(
            f"{self.base_url}/api",
            TokenEndpoint(token, "`token_url` and `base_url`"),
            error_mapping=ERROR_MAPPING,
            **self.client_settings,
        )

    @override
    def missing_permission(self, permission: str) -> str | None:
        # Without the role a token is issued nevertheless, without scopes.
        grant = self.run.client.grant()
        if not grant or "all" not in (grant.scope or ()):
            return ROLE
        # The first request to the API itself, which must succeed before anything is written.
        self.logger.debug("Audit logs in time windows: %s", self.windows)
        return None

    @cached_property
    def windows(self) -> bool:
        """Whether the server supports time windows of audit logs.

        Older versions ignore the parameter, even if it is not a number.
        """
        try:
            self.run.client.get(Request("/logs", {"page_size": 1, "start_time": "x"}))
        except Rejected as error:
            if error.status != 400:
                raise
            return True
        return False
