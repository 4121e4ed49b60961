"""Settings and streams of tap-rudderstack."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar
from urllib.parse import urlsplit

from singer_sdk import typing as th
from typing_extensions import override

from identity_sdk import (
    SHARED_SETTINGS,
    AccessDenied,
    ApiError,
    Client,
    IdentityTap,
    NotAuthenticated,
    NotFound,
    StaticToken,
    check_url,
)
from tap_rudderstack import streams
from tap_rudderstack.client import AUDIT_PATH, ERROR_MAPPING, SCIM, Features, audit_request
from tap_rudderstack.members import GroupMembers


class TapRudderStack(IdentityTap):
    """Users, groups and group members of a RudderStack organization, or of any SCIM 2.0 server."""

    name = "tap-rudderstack"
    config_jsonschema: ClassVar = th.PropertiesList(
        th.Property(
            "service_access_token",
            th.StringType(nullable=False),
            required=True,
            secret=True,
            title="Service access token",
            description="Organization-level service access token, created by an organization "
            "admin. A workspace-level token cannot read SCIM.",
        ),
        th.Property(
            "scim_base_url",
            th.StringType(nullable=False),
            default="https://api.rudderstack.com/scim/v2",
            title="SCIM base URL",
            description="Base URL of the SCIM API, with or without trailing slash. In the EU: "
            "https://api.eu.rudderstack.com/scim/v2 (not documented for SCIM).",
        ),
        th.Property(
            "api_base_url",
            th.StringType,
            title="API base URL",
            description="Base URL of RudderStack's public API, for audit logs. Empty: the origin "
            "of `scim_base_url`.",
        ),
        th.Property(
            "workspace_id",
            th.StringType,
            title="Workspace ID",
            description="Sync the audit logs of this workspace only. Empty: those of the whole "
            "organization.",
        ),
        *SHARED_SETTINGS,
    ).to_dict()
    stream_types = (
        streams.Users,
        streams.UserEmails,
        streams.Groups,
        GroupMembers,
        streams.AuditLogs,
    )

    @cached_property
    def base_url(self) -> str:
        return self._url("scim_base_url", self.config["scim_base_url"])

    @cached_property
    def api_base_url(self) -> str:
        parts = urlsplit(self.base_url)
        return self._url(
            "api_base_url", self.config.get("api_base_url") or f"{parts.scheme}://{parts.netloc}"
        )

    def _url(self, name: str, value: str) -> str:
        return check_url(name, value, allow_http=self.config.get("allow_http", False))

    @cached_property
    @override
    def coverage(self) -> tuple[str, ...]:
        return (self.base_url,)

    @override
    def make_client(self) -> Client:
        return Client(
            self.base_url,
            StaticToken(self.config["service_access_token"]),
            accept="application/scim+json, application/json",
            error_mapping=ERROR_MAPPING,
            **self.client_settings,
        )

    _users: int | None = None
    """Number of users according to the server at the start of the run."""

    @override
    def missing_permission(self, permission: str) -> str | None:
        try:
            if permission == SCIM:
                self._users = self.features.prove_access()
            else:
                self.run.client.get(audit_request(self, AUDIT_PATH))
        except AccessDenied as error:
            if permission == SCIM and isinstance(error, NotAuthenticated):
                raise
            return str(error)
        except NotFound:
            if permission == SCIM:
                raise
        return None

    @override
    def lost_rights(self, permissions: frozenset[str]) -> str | None:
        """A token that sees fewer organizations sees fewer users, with a lower total."""
        if SCIM not in permissions:
            return next(filter(None, map(self.missing_permission, permissions)), None)
        before = self._users
        try:
            now = self.features.prove_access()
        except AccessDenied as error:
            return str(error)
        except ApiError:  # Reading users fails, which is another problem.
            return None if self.features.groups_are_readable() else "it can no longer read anything"
        before = before or 0
        if now is not None and before - now > min(max(5, before // 10), before // 2):
            return f"it sees {now} users instead of {before}"
        return None

    @cached_property
    def features(self) -> Features:
        """What the server supports, determined once per run."""
        return Features(self.run.client)
