"""Settings and streams of tap-zitadel."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlsplit

from singer_sdk import typing as th
from typing_extensions import override

from identity_sdk import (
    SHARED_SETTINGS,
    AccessDenied,
    ApiError,
    Client,
    IdentityStream,
    IdentityTap,
    Item,
    Listing,
    NotAuthenticated,
    NotFound,
    Request,
    SettingsError,
    Unsupported,
    check_domain,
    check_url,
)
from tap_zitadel import access, applications, events, rights, streams, users
from tap_zitadel.client import V2, header
from tap_zitadel.credentials import authenticator
from tap_zitadel.error_mapping import ERROR_MAPPING, ROLES
from tap_zitadel.proto import messages


class TapZitadel(IdentityTap):
    """Organizations, users, projects, grants, administrators and events of a ZITADEL instance."""

    name = "tap-zitadel"
    config_jsonschema: ClassVar = th.PropertiesList(
        th.Property(
            "instance_url",
            th.StringType(nullable=False),
            required=True,
            title="Instance URL",
            description="URL of the instance, such as https://acme-abc123.zitadel.cloud.",
        ),
        th.Property(
            "pat",
            th.StringType,
            secret=True,
            title="Personal access token",
            description="Personal access token of a service account (machine user).",
        ),
        th.Property(
            "private_key",
            th.CustomType({"type": ["string", "object", "null"]}),
            secret=True,
            title="Private key",
            description="Alternative: the JSON key of a service account, as issued by ZITADEL.",
        ),
        th.Property(
            "client_id",
            th.StringType,
            title="Client ID",
            description="Alternative: client ID of a service account, which is its user name.",
        ),
        th.Property(
            "client_secret",
            th.StringType,
            secret=True,
            title="Client secret",
            description="Client secret of that service account.",
        ),
        th.Property(
            "organization_id",
            th.StringType,
            title="Organization ID",
            description="Sync this organization only. Empty: all that the account may see.",
        ),
        th.Property(
            "external_domain",
            th.StringType,
            title="External domain",
            description="Domain of the instance, if `instance_url` is an internal address: ZITADEL "
            "selects the instance by the Host header.",
        ),
        th.Property(
            "api_version",
            th.StringType(allowed_values=["auto", "v2", "v1"]),
            default="auto",
            title="API version",
            description="`auto` uses the v2 services that the server has, else v1.",
        ),
        th.Property(
            "event_payload",
            th.StringType(allowed_values=["none", "redacted"]),
            default="none",
            title="Event payload",
            description="Payloads of `events`: `none`, or `redacted`, without values that have the "
            "name or the shape of a secret.",
        ),
        *SHARED_SETTINGS,
    ).to_dict()
    asks_each = True
    stream_types = (
        streams.Instance,
        streams.Organizations,
        streams.OrganizationDomains,
        users.Users,
        access.Projects,
        access.ProjectRoles,
        access.ProjectGrants,
        access.Authorizations,
        access.AuthorizationRoles,
        access.Administrators,
        applications.Applications,
        applications.PersonalAccessTokens,
        applications.MachineKeys,
        applications.ApplicationKeys,
        applications.IdentityProviders,
        streams.Groups,
        streams.GroupUsers,
        events.Events,
        streams.OrganizationMetadata,
        users.UserMetadata,
        users.UserAuthMethods,
        users.UserIdpLinks,
        streams.Sessions,
        access.Policies,
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._missing_services = set[str]()

    @cached_property
    def base_url(self) -> str:
        return check_url(
            "instance_url",
            self.config["instance_url"],
            allow_http=self.config.get("allow_http", False),
        )

    @cached_property
    def external_domain(self) -> str | None:
        given = self.config.get("external_domain")
        return check_domain("external_domain", given) if given else None

    @property
    @override
    def default_rate_limit(self) -> float | None:
        """ZITADEL Cloud allows 50 requests per second from one IP address."""
        host = urlsplit(self.base_url).hostname or ""
        return 50.0 if host.endswith(".zitadel.cloud") else None

    @override
    def make_client(self) -> Client:
        domain = self.external_domain
        return Client(
            self.base_url,
            authenticator(self.config, self.base_url, domain),
            headers={"Host": domain} if domain else None,
            error_mapping=ERROR_MAPPING,
            **self.client_settings,
        )

    # What the account may see

    @cached_property
    def instance(self) -> Item | None:
        """The instance at the start of the run, if the account may see all of it; else None."""
        return self._instance()

    def _instance(self) -> Item | None:
        if self.config.get("organization_id"):
            return None
        try:
            body = self.run.client.get(Request("/admin/v1/instances/me")).body
        except NotAuthenticated:
            raise
        except (AccessDenied, NotFound):
            return None
        found = body.get("instance") if isinstance(body, dict) else None
        return found if isinstance(found, dict) else {}

    @property
    def whole_instance(self) -> bool:
        """Whether the run covers the instance, not just some of its organizations."""
        return self.instance is not None

    def instance_only(self) -> Item:
        """The instance, for a stream that needs all of it.

        Raises:
            Unsupported: The run is limited to one organization.
        """
        if self.instance is None:
            raise Unsupported("skipped: `organization_id` limits the run to one organization")
        return self.instance

    @property
    def version(self) -> tuple[int, ...]:
        """The server's version; (0,) if it is unknown."""
        found = re.match(r"v?(\d+)\.(\d+)", str((self.instance or {}).get("version")))
        return tuple(map(int, found.groups())) if found else (0,)

    @cached_property
    def organizations(self) -> list[str]:
        """The organizations that the run is limited to, if it is.

        Raises:
            AccessDenied: The account may see none.
        """
        return self._organizations()

    def _organizations(self) -> list[str]:
        if chosen := self.config.get("organization_id"):
            self._home(header({"organization_id": chosen}), "`organization_id`")
            return [chosen]
        try:
            body = self.run.client.get(Request("/v2/organizations/_search", json={})).body
            found = [str(each["id"]) for each in messages(body.get("result")) if each.get("id")]
        except ApiError:
            found = []
        return sorted(found) or [self._home({}, "`instance_url` and `external_domain`")]

    def _home(self, headers: dict[str, str], settings: str) -> str:
        """The organization of the account, or of a header."""
        try:
            body = self.run.client.get(Request("/management/v1/orgs/me", headers=headers)).body
        except NotFound as error:
            raise SettingsError(f"{error} Check {settings}.") from None
        return str((body.get("org") or {}).get("id"))

    @cached_property
    @override
    def coverage(self) -> tuple[str, ...]:
        if self.whole_instance:
            return (self.base_url,)
        return tuple(f"{self.base_url} organization {each}" for each in self.organizations)

    @override
    def missing_permission(self, permission: str) -> str | None:
        if self.whole_instance:
            return None
        if permission in rights.OF_THE_INSTANCE:
            # In a run of one organization, the stream itself reports that it is skipped.
            limited = self.config.get("organization_id")
            return None if limited else f"the account does not administer the instance. {ROLES}"
        if self.config.get("api_version") == "v2":
            raise SettingsError(
                "`api_version` v2 reads whole instances; for an organization set `auto` or `v1`."
            )
        try:
            return None if self.organizations else ROLES
        except NotAuthenticated:
            raise
        except AccessDenied as error:
            return str(error)

    @override
    def lost_rights(self, permissions: frozenset[str]) -> str | None:
        if self.whole_instance and self._instance() is None:
            return f"it no longer administers the instance. {ROLES}"
        if not self.whole_instance:
            kept = self._organizations()
            if lost := [each for each in self.organizations if each not in kept]:
                return f"it no longer sees {len(lost)} of {len(self.organizations)} organizations"
        return None

    # Which services the server has

    def offers(self, v2: V2) -> bool:
        """Whether to try a v2 service: these return everything that the account may see.

        With single organizations, v2 totals would count rows that the account may not see, so that
        only v1, which is read per organization, can be proven.
        """
        if self.config.get("api_version") == "v1" or v2.service in self._missing_services:
            return False
        return self.whole_instance or v2.within

    @property
    def may_read_v1(self) -> bool:
        """Whether v1 may be read where v2 does not suffice."""
        return self.config.get("api_version") != "v2"

    def lacks(self, v2: V2, error: ApiError) -> None:
        """Note that the server lacks a service.

        Raises:
            Unsupported: v1 must not be used instead.
        """
        if not self.may_read_v1:
            raise Unsupported(f"this server's v2 services do not include {v2.service} ({error})")
        self._missing_services.add(v2.service)

    def listing(self, name: str) -> Listing:
        """The listing of a stream, selected or not."""
        return self.stream_named(name).source.listing

    def stream_named(self, name: str) -> IdentityStream:
        """A stream by its name, selected or not."""
        return next(self.stream_of(each) for each in self.stream_types if each.name == name)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        errors = super()._validate_config(raise_errors=raise_errors)
        if raise_errors:
            _one_credential(self.config)
        return errors


def _one_credential(config: Any) -> None:
    given = [name for name in ("pat", "private_key", "client_id") if config.get(name)]
    if len(given) != 1:
        told = f"{' and '.join(given)} are given" if given else "none is given"
        raise SettingsError(
            f"Give one of `pat`, `private_key`, or `client_id` with `client_secret`: {told}."
        )
    if config.get("client_id") and not config.get("client_secret"):
        raise SettingsError("`client_secret` is missing.")
