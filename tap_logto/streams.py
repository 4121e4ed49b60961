"""Users, roles, applications and all that does not belong to an organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from typing_extensions import override

from identity_sdk.bound import EachOf, PartOf
from tap_logto.client import (
    LogtoStream,
    SearchedStream,
    fingerprint,
    object_at,
    objects,
    the_object,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from identity_sdk.exchange import Item, Response


class Users(SearchedStream):
    """A user of the tenant."""

    name = "users"
    path = "/users"
    primary_keys = ("id",)
    paged = True
    incremental_key = "updated_at"
    left_out = frozenset({"password_digest", "password_algorithm", "sso_identities"})
    structures = frozenset({"profile"})


class UserIdentities(PartOf, LogtoStream):
    """An account elsewhere that a user signs in with."""

    name = "user_identities"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "target")

    @override
    def parts(self, item: Item) -> Iterable[Item]:
        for target in object_at(item, "identities"):
            identity = object_at(item, "identities", target)
            yield {
                "target": target,
                "identity_user_id": identity.get("userId"),
                "details": identity.get("details"),
            }


class Roles(LogtoStream):
    """A role that is held all over the tenant."""

    name = "roles"
    path = "/roles"
    primary_keys = ("id",)
    paged = True
    left_out = frozenset({"featured_users", "featured_applications"})


class RoleUsers(EachOf, SearchedStream):
    """A user who holds a role."""

    name = "role_users"
    path = "/roles/{role_id}/users"
    parent, bind = Roles, {"role_id": "id"}
    primary_keys = ("role_id", "user_id")
    paged = True

    @override
    def expected(self, parent: Item) -> int | None:
        return 0 if parent.get("type") == "MachineToMachine" else parent.get("usersCount")

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        yield {"role_id": item["role_id"], "user_id": item.get("id")}


class RoleApplications(EachOf, LogtoStream):
    """A machine-to-machine application that holds a role."""

    name = "role_applications"
    path = "/roles/{role_id}/applications"
    parent, bind = Roles, {"role_id": "id"}
    primary_keys = ("role_id", "application_id")
    paged = True

    @override
    def expected(self, parent: Item) -> int | None:
        return 0 if parent.get("type") == "User" else parent.get("applicationsCount")

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        yield {"role_id": item["role_id"], "application_id": item.get("id")}


class RoleScopes(EachOf, LogtoStream):
    """A scope of an API resource that a role gives."""

    name = "role_scopes"
    path = "/roles/{role_id}/scopes"
    parent, bind = Roles, {"role_id": "id"}
    primary_keys = ("role_id", "scope_id")

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        yield {
            "role_id": item["role_id"],
            "scope_id": item.get("id"),
            "scope_name": item.get("name"),
            "resource_id": item.get("resourceId"),
        }


class Resources(LogtoStream):
    """An API that tokens are issued for."""

    name = "resources"
    path = "/resources"
    params: ClassVar = {"includeScopes": "true"}
    primary_keys = ("id",)
    left_out = frozenset({"scopes"})


class Scopes(PartOf, LogtoStream):
    """A permission at an API resource."""

    name = "scopes"
    parent, bind = Resources, {"resource_id": "id"}
    primary_keys = ("id",)
    own_key = True

    @override
    def parts(self, item: Item) -> Iterable[Item]:
        return map(self.named, objects(item.get("scopes")))


class Connectors(LogtoStream):
    """A social sign-in, or a way in which messages are sent."""

    name = "connectors"
    path = "/connectors"
    primary_keys = ("id",)
    left_out = frozenset({
        "config", "config_template", "custom_data", "description", "extra_info", "form_items",
        "logo", "logo_dark", "metadata", "readme",
    })  # fmt: skip


class SsoConnectors(LogtoStream):
    """An enterprise's own sign-in."""

    name = "sso_connectors"
    path = "/sso-connectors"
    primary_keys = ("id",)
    left_out = frozenset({
        "branding", "config", "provider_config", "provider_logo", "provider_logo_dark",
    })  # fmt: skip

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        yield {**self.named(item), "issuer": object_at(item, "config").get("issuer")}


class Hooks(LogtoStream):
    """Who is told of what happens in the tenant."""

    name = "hooks"
    path = "/hooks"
    primary_keys = ("id",)
    left_out = frozenset({"config", "signing_key", "execution_stats"})

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        # The path of such a URL often is a secret.
        yield {**self.named(item), "host": _host(object_at(item, "config").get("url"))}


class UserMfaVerifications(EachOf, LogtoStream):
    """A second factor of a user."""

    name = "user_mfa_verifications"
    path = "/users/{user_id}/mfa-verifications"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "id")
    selected_by_default = False


class UserPersonalAccessTokens(EachOf, LogtoStream):
    """A personal access token of a user: its name and its times, never the token."""

    name = "user_personal_access_tokens"
    path = "/users/{user_id}/personal-access-tokens"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "name")
    identity = "name"
    left_out = frozenset({"value", "tenant_id"})
    selected_by_default = False


class UserSessions(EachOf, LogtoStream):
    """A session of a user that has not ended."""

    name = "user_sessions"
    path = "/users/{user_id}/sessions"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "id")
    since_version = "1.37"
    selected_by_default = False

    @override
    def items(self, response: Response) -> list[Item]:
        return _listed(response, "sessions")

    @override
    def key(self, item: Item) -> str | None:
        return fingerprint(object_at(item, "payload").get("jti"))

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        payload, last = object_at(item, "payload"), object_at(item, "lastSubmission")
        context = object_at(last, "signInContext")
        yield {
            "user_id": item["user_id"],
            "id": self.key(item),
            "uid": fingerprint(payload.get("uid")),
            "issued_at": payload.get("iat"),
            "login_at": payload.get("loginTs"),
            "expires_at": item.get("expiresAt"),
            "client_id": item.get("clientId"),
            "application_ids": sorted(object_at(payload, "authorizations")),
            "interaction_event": last.get("interactionEvent"),
            "ip": context.get("ip"),
            "user_agent": context.get("userAgent"),
        }


class UserGrants(EachOf, LogtoStream):
    """What a user has granted to an application."""

    name = "user_grants"
    path = "/users/{user_id}/grants"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "id")
    since_version = "1.38"
    selected_by_default = False

    @override
    def items(self, response: Response) -> list[Item]:
        return _listed(response, "grants")

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        payload = object_at(item, "payload")
        yield {
            "user_id": item["user_id"],
            "id": item.get("id"),
            "application_id": payload.get("clientId"),
            "application_name": object_at(item, "application").get("name"),
            "openid_scope": object_at(payload, "openid").get("scope"),
            "resources": payload.get("resources"),
            "issued_at": payload.get("iat"),
            "expires_at": item.get("expiresAt"),
        }


def _listed(response: Response, name: str) -> list[Item]:
    return objects(the_object(response).get(name))


def _host(url: object) -> str | None:
    try:
        return urlsplit(str(url)).hostname
    except ValueError:
        return None
