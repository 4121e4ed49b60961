"""Applications: their secrets, the scopes they may request, and who may use them."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from identity_sdk import ColumnMap, EachOf, Item, Response, flatten, objects
from tap_logto.client import LogtoStream, the_object


class Applications(LogtoStream):
    """An application: one that users sign in to, or a machine-to-machine application."""

    name = "applications"
    path = "/applications"
    primary_keys = ("id",)
    ignored_fields = frozenset({"secret"})
    snake_case_objects = frozenset({
        "oidc_client_metadata", "custom_client_metadata", "protected_app_metadata"
    })  # fmt: skip


class ApplicationSecrets(EachOf, LogtoStream):
    """A secret of an application: metadata only, never the secret."""

    name = "application_secrets"
    path = "/applications/{application_id}/secrets"
    parent, bind = Applications, {"application_id": "id"}
    primary_keys = ("application_id", "name")
    identity = "name"
    ignored_fields = frozenset({"value", "tenant_id"})

    @override
    def has_children(self, parent: Item) -> bool:
        return parent.get("type") not in ("Native", "SPA", "SAML")


_CONSENTS: ColumnMap = dict.fromkeys((
    "organizationScopes", "resourceScopes", "organizationResourceScopes", "userScopes"
))  # fmt: skip
_GROUP: ColumnMap = {
    "resource": {"id": "resource_id", **dict.fromkeys(("name", "indicator"))},
    "scopes": None,
}
_SCOPE: ColumnMap = {"id": "scope", "name": "scope_name", "description": None}


class ApplicationUserConsentScopes(EachOf, LogtoStream):
    """A scope for which a third-party application may ask users' consent."""

    name = "application_user_consent_scopes"
    path = "/applications/{application_id}/user-consent-scopes"
    parent, bind = Applications, {"application_id": "id"}
    primary_keys = ("application_id", "type", "scope")
    opt_in = True

    @override
    def has_children(self, parent: Item) -> bool:
        return parent.get("isThirdParty") is True

    @override
    def items(self, response: Response) -> list[Item]:
        body = the_object(response)
        left = flatten(body, _CONSENTS)
        found = _consents("organization", body.get("organizationScopes"), "organizationScopes")
        for kind, field in (
            ("resource", "resourceScopes"),
            ("organization_resource", "organizationResourceScopes"),
        ):
            for group in objects(body.get(field)):
                of = flatten(group, _GROUP, path=f"$.{field}")
                scopes = _consents(kind, group.get("scopes"), f"{field}.scopes")
                found += [{**of, **each} for each in scopes]
        names = body.get("userScopes")
        found += [
            {"type": "user", "scope": name, "scope_name": name}
            for name in (names if isinstance(names, list) else ())
        ]
        return [{**each, **left} for each in found]

    @override
    def key(self, item: Item) -> tuple[str, str] | None:
        return (item["type"], item["scope"]) if item.get("scope") else None


class ApplicationAccessControl(EachOf, LogtoStream):
    """The access control of an application: who may use it."""

    name = "application_access_control"
    path = "/applications/{application_id}/access-control"
    parent, bind = Applications, {"application_id": "id"}
    primary_keys = ("application_id",)
    since_version = "1.40"
    opt_in = True
    snake_case_objects = frozenset({"organization_role_rules"})

    @override
    def has_children(self, parent: Item) -> bool:
        return parent.get("appLevelAccessControlEnabled") is not False  # unknown before 1.40

    @override
    def items(self, response: Response) -> list[Item]:
        return [the_object(response)]

    @override
    def key(self, item: Item) -> str:
        return ""  # One exists.


def _consents(kind: str, scopes: Any, path: str) -> list[Item]:
    return [{"type": kind, **flatten(each, _SCOPE, path=f"$.{path}")} for each in objects(scopes)]
