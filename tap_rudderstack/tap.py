"""Settings and streams of tap-rudderstack."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from singer_sdk import typing as th
from typing_extensions import override

from identity_sdk.auth import StaticToken
from identity_sdk.client import Client
from identity_sdk.tap import SHARED_SETTINGS, IdentityTap
from identity_sdk.urls import check_url
from tap_rudderstack import streams
from tap_rudderstack.client import ADVICE, Features

if TYPE_CHECKING:
    from collections.abc import Sequence

    from identity_sdk.stream import IdentityStream


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
        *SHARED_SETTINGS,
    ).to_dict()
    stream_types = (streams.Users, streams.UserEmails, streams.Groups, streams.GroupMembers)

    @cached_property
    def base_url(self) -> str:
        return check_url(
            "scim_base_url",
            self.config["scim_base_url"],
            allow_http=self.config.get("allow_http", False),
        )

    @property
    @override
    def scope(self) -> tuple[str, ...]:
        return (self.base_url,)

    @override
    def make_client(self) -> Client:
        return Client(
            self.base_url,
            StaticToken(self.config["service_access_token"]),
            accept="application/scim+json, application/json",
            advice=ADVICE,
            **self.client_settings,
        )

    @override
    def preflight(self, streams: Sequence[IdentityStream]) -> None:
        self.features.prove_access()

    @cached_property
    def features(self) -> Features:
        """What the server can do, found out once per run."""
        return Features(self.client)
