"""Applications, identity providers, and the credentials of applications and service accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from identity_sdk import Item, Page, Reading, Rejected, Response, in_turn
from tap_zitadel import columns, rights
from tap_zitadel.access import OWNED_PROJECTS, Projects
from tap_zitadel.client import V1, V2, ZitadelStream
from tap_zitadel.proto import Columns, first_of, message
from tap_zitadel.streams import Organizations
from tap_zitadel.users import Users

if TYPE_CHECKING:
    from collections.abc import Iterable


class PersonalAccessTokens(ZitadelStream):
    """A personal access token of a service account: metadata only, never the token."""

    name = "personal_access_tokens"
    primary_keys = ("id",)
    permission = rights.USERS
    may_need = (Users, Organizations)
    v2 = V2(
        "personal access tokens", "/v2/users/pats/search", "result",
        columns.PERSONAL_ACCESS_TOKENS_V2, ("PERSONAL_ACCESS_TOKEN_FIELD_NAME_ID",),
    )  # fmt: skip
    v1 = V1(
        "/management/v1/users/{id}/pats/_search", columns.PERSONAL_ACCESS_TOKENS_V1,
        per="users", bind={"user_id": "id"}, only=("type", "machine"),
    )  # fmt: skip


class MachineKeys(ZitadelStream):
    """A key of a service account: metadata only, never the key."""

    name = "machine_keys"
    primary_keys = ("id",)
    permission = rights.USERS
    may_need = (Users, Organizations)
    v2 = V2(
        "machine keys", "/v2/users/keys/search", "result", columns.MACHINE_KEYS_V2,
        ("KEY_FIELD_NAME_ID",),
    )  # fmt: skip
    v1 = V1(
        "/management/v1/users/{id}/keys/_search", columns.MACHINE_KEYS_V1,
        per="users", bind={"user_id": "id"}, only=("type", "machine"),
    )  # fmt: skip


_KINDS_V2 = {"oidcConfiguration": "oidc", "samlConfiguration": "saml", "apiConfiguration": "api"}
_BASIC = {"oidc": "OIDC_AUTH_METHOD_TYPE_BASIC", "api": "API_AUTH_METHOD_TYPE_BASIC"}
_KINDS_V1 = {"oidcConfig": "oidc", "samlConfig": "saml", "apiConfig": "api"}


class Applications(ZitadelStream):
    """An application of a project."""

    name = "applications"
    primary_keys = ("id",)
    permission = rights.PROJECTS
    may_need = (Projects, Organizations)
    v2 = V2(
        "applications", "/zitadel.application.v2.ApplicationService/ListApplications",
        "applications", columns.APPLICATIONS_V2,
        ("APPLICATION_SORT_BY_ID",),
    )  # fmt: skip
    v1 = V1(
        "/management/v1/projects/{id}/apps/_search", columns.APPLICATIONS_V1,
        per="projects", bind={"project_id": "id"}, only=OWNED_PROJECTS,
    )  # fmt: skip
    ignored_fields = frozenset({"configuration", "organization_id"})

    @override
    def preprocess(self, each: Item) -> Item:
        told = dict(each)
        for kinds in (_KINDS_V2, _KINDS_V1):
            if field := first_of(each, kinds):
                told["configuration"] = {"type": kinds[field], **message(told.pop(field))}
        return told

    @override
    def page(self, response: Response, name: str, columns: Columns) -> Page:
        page = super().page(response, name, columns)
        if any(row.get("project_id") == "" for row in page.items):
            # Before 4.10 the listing does not contain the project of an application.
            raise Rejected("The list of applications has no project ids in this version.", 501)
        return page

    @override
    def postprocess(self, row: Item) -> list[Item]:
        configuration = message(row["configuration"])
        kind = str(configuration.get("type"))
        state = str(row["state"]).removeprefix("APPLICATION_").removeprefix("APP_")
        return [{
            **row,
            "state": f"APPLICATION_{state}",
            "type": configuration.get("type"),
            "client_id": configuration.get("clientId"),
            "auth_method_type": configuration.get("authMethodType", _BASIC.get(kind)),
            "application_type": configuration.get(
                "applicationType",
                configuration.get("appType", "OIDC_APP_TYPE_WEB" if kind == "oidc" else None),
            ),
            "redirect_uris": configuration.get("redirectUris", []),
            "grant_types": configuration.get("grantTypes", []),
        }]  # fmt: skip


class ApplicationKeys(ZitadelStream):
    """A key of an application: metadata only, never the key."""

    name = "application_keys"
    primary_keys = ("id",)
    permission = rights.PROJECTS
    may_need = (Applications, Projects, Organizations)
    v2 = V2(
        "application keys", "/zitadel.application.v2.ApplicationService/ListApplicationKeys",
        "keys", columns.APPLICATION_KEYS_V2,
        ("APPLICATION_KEYS_SORT_BY_ID",),
    )  # fmt: skip
    v1 = V1(
        "/management/v1/projects/{project_id}/apps/{id}/keys/_search", columns.APPLICATION_KEYS_V1,
        per="applications", bind={"application_id": "id", "project_id": "project_id"},
    )  # fmt: skip

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        # The listing contains keys of service accounts too, with their user in both fields.
        if item["application_id"] != item["project_id"]:
            yield item


class IdentityProviders(ZitadelStream):
    """An identity provider, without its configuration."""

    name = "identity_providers"
    primary_keys = ("id",)
    permission = rights.PROVIDERS
    may_need = (Organizations,)
    _COLUMNS = columns.IDENTITY_PROVIDERS
    _INSTANCE = V1("/admin/v1/idps/templates/_search", _COLUMNS)
    v1 = V1(
        "/management/v1/idps/templates/_search", _COLUMNS, per="organizations",
        body={"queries": [{"ownerTypeQuery": {"ownerType": "IDP_OWNER_TYPE_ORG"}}]},
    )  # fmt: skip

    @override
    def read_v1(self, v1: V1) -> Reading:
        sources = [self._INSTANCE, v1] if self.tap.whole_instance else [v1]
        return in_turn(super(IdentityProviders, self).read_v1(each) for each in sources)
