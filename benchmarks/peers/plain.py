"""A tap on singer-sdk as its cookiecutter and its documentation lead to it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from schemas import LOGTO_USERS, MEMBERS, ORGANIZATIONS, USERS
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import OAuthAuthenticator
from singer_sdk.pagination import BasePageNumberPaginator

if TYPE_CHECKING:
    import requests
    from singer_sdk.helpers.types import Context


class ClientCredentials(OAuthAuthenticator):
    @property
    def oauth_request_body(self) -> dict[str, Any]:
        return {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }


class ApiStream(RESTStream):
    next_page_token_jsonpath = "$.next_token"  # noqa: S105 (a place, not a secret)

    @property
    def url_base(self) -> str:
        return self.config["base_url"]

    @cached_property
    def authenticator(self) -> ClientCredentials:
        return ClientCredentials(
            client_id="bench",
            client_secret="bench",  # noqa: S106 (of a made-up server)
            auth_endpoint=f"{self.url_base}/oauth2/token",
        )

    def get_url_params(
        self, context: Context | None, next_page_token: str | None
    ) -> dict[str, Any]:
        params: dict[str, Any] = {"page_size": 500}
        if next_page_token:
            params["next_token"] = next_page_token
        return params


class Users(ApiStream):
    name = "users"
    path = "/api/v1/users"
    primary_keys = ("id",)
    schema = USERS
    records_jsonpath = "$.users[*]"


class Organizations(ApiStream):
    name = "organizations"
    path = "/api/v1/organizations"
    primary_keys = ("code",)
    schema = ORGANIZATIONS
    records_jsonpath = "$.organizations[*]"

    def get_child_context(self, record: dict[str, Any], context: Context | None) -> Context:
        return {"org_code": record["code"]}


class OrganizationUsers(ApiStream):
    name = "organization_users"
    path = "/api/v1/organizations/{org_code}/users"
    primary_keys = ("org_code", "id")
    schema = MEMBERS
    records_jsonpath = "$.organization_users[*]"
    parent_stream_type = Organizations


class Pages(BasePageNumberPaginator):
    def has_more(self, response: requests.Response) -> bool:
        return self.current_value * 100 < int(response.headers["Total-Number"])


class LogtoUsers(ApiStream):
    name = "logto_users"
    path = "/api/users"
    primary_keys = ("id",)
    schema = LOGTO_USERS
    records_jsonpath = "$[*]"

    def get_new_paginator(self) -> Pages:
        return Pages(start_value=1)

    def get_url_params(
        self, context: Context | None, next_page_token: int | None
    ) -> dict[str, Any]:
        return {"page": next_page_token or 1, "page_size": 100}


class TapPlain(Tap):
    name = "tap-plain"
    config_jsonschema = th.PropertiesList(
        th.Property("base_url", th.StringType, required=True),
        th.Property("streams", th.StringType, required=True),
    ).to_dict()

    def discover_streams(self) -> list[ApiStream]:
        wanted = self.config["streams"].split(",")
        kinds = (Users, Organizations, OrganizationUsers, LogtoUsers)
        return [kind(self) for kind in kinds if kind.name in wanted]


if __name__ == "__main__":
    TapPlain.cli()
