"""Applications: their secrets, what they may ask for, and who may use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from identity_sdk.bound import EachOf
from tap_logto.client import LogtoStream, object_at, objects, the_object

if TYPE_CHECKING:
    from identity_sdk.exchange import Item, Response


class Applications(LogtoStream):
    """An application that users sign in to, or that calls APIs by itself."""

    name = "applications"
    path = "/applications"
    primary_keys = ("id",)
    left_out = frozenset({"secret"})
    structures = frozenset({
        "oidc_client_metadata", "custom_client_metadata", "protected_app_metadata"
    })  # fmt: skip


class ApplicationSecrets(EachOf, LogtoStream):
    """A secret of an application: its name and its times, never the secret."""

    name = "application_secrets"
    path = "/applications/{application_id}/secrets"
    parent, bind = Applications, {"application_id": "id"}
    primary_keys = ("application_id", "name")
    identity = "name"
    left_out = frozenset({"value", "tenant_id"})

    @override
    def applies(self, parent: Item) -> bool:
        return parent.get("type") not in ("Native", "SPA", "SAML")


class ApplicationUserConsentScopes(EachOf, LogtoStream):
    """What a third party's application may ask users to consent to."""

    name = "application_user_consent_scopes"
    path = "/applications/{application_id}/user-consent-scopes"
    parent, bind = Applications, {"application_id": "id"}
    primary_keys = ("application_id", "type", "scope")
    selected_by_default = False

    @override
    def applies(self, parent: Item) -> bool:
        return parent.get("isThirdParty") is True

    @override
    def items(self, response: Response) -> list[Item]:
        body = the_object(response)
        found = [_consent("organization", each) for each in objects(body.get("organizationScopes"))]
        for kind, field in (
            ("resource", "resourceScopes"),
            ("organization_resource", "organizationResourceScopes"),
        ):
            for group in objects(body.get(field)):
                resource = object_at(group, "resource").get("id")
                found += [_consent(kind, each, resource) for each in objects(group.get("scopes"))]
        names = body.get("userScopes")
        found += [
            {"type": "user", "scope": name, "scope_name": name}
            for name in (names if isinstance(names, list) else ())
        ]
        return found

    @override
    def key(self, item: Item) -> tuple[str, str] | None:
        return (item["type"], item["scope"]) if item.get("scope") else None


class ApplicationAccessControl(EachOf, LogtoStream):
    """Who may use an application that not everybody may use."""

    name = "application_access_control"
    path = "/applications/{application_id}/access-control"
    parent, bind = Applications, {"application_id": "id"}
    primary_keys = ("application_id",)
    since_version = "1.40"
    selected_by_default = False
    structures = frozenset({"organization_role_rules"})

    @override
    def applies(self, parent: Item) -> bool:
        return parent.get("appLevelAccessControlEnabled") is not False  # unknown before 1.40

    @override
    def items(self, response: Response) -> list[Item]:
        return [the_object(response)]

    @override
    def key(self, item: Item) -> str:
        return ""  # There is one.


def _consent(kind: str, scope: Item, resource: str | None = None) -> Item:
    return {
        "type": kind,
        "scope": scope.get("id"),
        "scope_name": scope.get("name"),
        "resource_id": resource,
    }
