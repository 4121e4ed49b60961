"""Users, roles, applications, and everything else that does not belong to an organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from typing_extensions import override

from identity_sdk import (
    ApiError,
    ColumnMap,
    EachOf,
    Item,
    PartOf,
    Response,
    flatten,
    object_at,
    objects,
)
from tap_logto.applications import Applications
from tap_logto.client import LogtoStream, SearchedStream, fingerprint, the_object

if TYPE_CHECKING:
    from collections.abc import Iterable


class Users(SearchedStream):
    """A user of the tenant."""

    name = "users"
    path = "/users"
    primary_keys = ("id",)
    paged = True
    incremental_key = "updated_at"
    ignored_fields = frozenset({"password_digest", "password_algorithm", "sso_identities"})
    snake_case_objects = frozenset({"profile"})


_IDENTITY: ColumnMap = {"userId": "identity_user_id", "details": "details"}


class UserIdentities(PartOf, LogtoStream):
    """A social identity of a user."""

    name = "user_identities"
    parent, bind = Users, {"user_id": "id"}
    read_from = ("identities",)
    primary_keys = ("user_id", "target")

    @override
    def parts(self, item: Item) -> Iterable[Item]:
        for target in object_at(item, "identities"):
            identity = object_at(item, "identities", target)
            yield {"target": target, **flatten(identity, _IDENTITY, path="$.identities")}


class Roles(LogtoStream):
    """A tenant-wide role, for users or for machine-to-machine applications."""

    name = "roles"
    path = "/roles"
    primary_keys = ("id",)
    paged = True
    ignored_fields = frozenset({"featured_users", "featured_applications"})


class RoleUsers(EachOf, SearchedStream):
    """A user who holds a role."""

    name = "role_users"
    path = "/roles/{role_id}/users"
    parent, bind = Roles, {"role_id": "id"}
    primary_keys = ("role_id", "user_id")
    column_names: ClassVar = {"id": "user_id"}
    ignored_fields = Users.fields()
    paged = True

    @override
    def expected_count(self, parent: Item) -> int | None:
        return 0 if parent.get("type") == "MachineToMachine" else parent.get("usersCount")


class RoleApplications(EachOf, LogtoStream):
    """A machine-to-machine application that holds a role."""

    name = "role_applications"
    path = "/roles/{role_id}/applications"
    parent, bind = Roles, {"role_id": "id"}
    primary_keys = ("role_id", "application_id")
    column_names: ClassVar = {"id": "application_id"}
    ignored_fields = Applications.fields()
    paged = True

    @override
    def expected_count(self, parent: Item) -> int | None:
        return 0 if parent.get("type") == "User" else parent.get("applicationsCount")


class RoleScopes(EachOf, LogtoStream):
    """A scope of an API resource that a role grants."""

    name = "role_scopes"
    path = "/roles/{role_id}/scopes"
    parent, bind = Roles, {"role_id": "id"}
    primary_keys = ("role_id", "scope_id")
    column_names: ClassVar = {"id": "scope_id", "name": "scope_name"}
    ignored_fields = frozenset({"tenant_id", "description", "created_at", "resource"})


class Resources(LogtoStream):
    """An API resource that access tokens are issued for."""

    name = "resources"
    path = "/resources"
    params: ClassVar = {"includeScopes": "true"}
    primary_keys = ("id",)
    ignored_fields = frozenset({"scopes"})


class Scopes(PartOf, LogtoStream):
    """A scope (permission) of an API resource."""

    name = "scopes"
    parent, bind = Resources, {"resource_id": "id"}
    read_from = ("scopes",)
    primary_keys = ("id",)
    globally_unique = True

    @override
    def parts(self, item: Item) -> Iterable[Item]:
        return map(self.named, objects(item.get("scopes")))


class Connectors(LogtoStream):
    """A connector: social sign-in, e-mail or SMS."""

    name = "connectors"
    path = "/connectors"
    primary_keys = ("id",)
    ignored_fields = frozenset({
        "config", "config_template", "custom_data", "description", "extra_info", "form_items",
        "logo", "logo_dark", "metadata", "readme",
    })  # fmt: skip


class SsoConnectors(LogtoStream):
    """An enterprise SSO connector."""

    name = "sso_connectors"
    path = "/sso-connectors"
    primary_keys = ("id",)
    ignored_fields = frozenset({
        "branding", "config", "provider_config", "provider_logo", "provider_logo_dark",
    })  # fmt: skip

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        yield {**self.named(item), "issuer": object_at(item, "config").get("issuer")}


class Hooks(LogtoStream):
    """A webhook."""

    name = "hooks"
    path = "/hooks"
    primary_keys = ("id",)
    ignored_fields = frozenset({"config", "signing_key", "execution_stats"})

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        # The path of a webhook URL often contains a secret.
        yield {**self.named(item), "host": _host(object_at(item, "config").get("url"))}


class UserMfaVerifications(EachOf, LogtoStream):
    """A second factor of a user."""

    name = "user_mfa_verifications"
    path = "/users/{user_id}/mfa-verifications"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "id")
    opt_in = True


class UserPersonalAccessTokens(EachOf, LogtoStream):
    """A personal access token of a user: metadata only, never the token."""

    name = "user_personal_access_tokens"
    path = "/users/{user_id}/personal-access-tokens"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "name")
    identity = "name"
    ignored_fields = frozenset({"value", "tenant_id"})
    opt_in = True


_SESSION: ColumnMap = {
    "user_id": "user_id",
    "accountId": None,
    "clientId": "client_id",
    "expiresAt": "expires_at",
    "payload": {
        "iat": "issued_at",
        "loginTs": "login_at",
        **dict.fromkeys(("jti", "uid", "authorizations")),  # read in `rows` and `key`
        **dict.fromkeys(("accountId", "exp", "kind")),
    },
    "lastSubmission": {
        "interactionEvent": "interaction_event",
        "signInContext": {"ip": "ip", "userAgent": "user_agent"},
        **dict.fromkeys(("userId", "verificationRecords")),
    },
}


class UserSessions(EachOf, LogtoStream):
    """An active session of a user."""

    name = "user_sessions"
    path = "/users/{user_id}/sessions"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "uid")
    since_version = "1.37"
    opt_in = True

    @override
    def items(self, response: Response) -> list[Item]:
        return _listed(response, "sessions")

    @override
    def key(self, item: Item) -> str | None:
        return fingerprint(object_at(item, "payload").get("uid"))

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        payload = object_at(item, "payload")
        yield {
            **flatten(item, _SESSION),
            "uid": self.key(item),
            "session_id": fingerprint(payload.get("jti")),
            "application_ids": sorted(object_at(payload, "authorizations")),
        }


_GRANT: ColumnMap = {
    "user_id": "user_id",
    "id": "id",
    "expiresAt": "expires_at",
    "application": {"id": None, "name": "application_name"},
    "payload": {
        "clientId": "application_id",
        "openid": {"scope": "openid_scope"},
        "resources": "resources",
        "iat": "issued_at",
        **dict.fromkeys(("accountId", "exp", "jti", "kind")),
    },
}


class UserGrants(EachOf, LogtoStream):
    """A grant: the access that a user has given to an application."""

    name = "user_grants"
    path = "/users/{user_id}/grants"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "id")
    since_version = "1.38"
    opt_in = True

    @override
    def items(self, response: Response) -> list[Item]:
        return _listed(response, "grants")

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        yield flatten(item, _GRANT)


def _listed(response: Response, name: str) -> list[Item]:
    found = the_object(response).get(name)
    if not isinstance(found, list):
        raise ApiError(f"The response has no list of {name}. Check `base_url`.")
    return [each if isinstance(each, dict) else {} for each in found]


def _host(url: object) -> str | None:
    try:
        return urlsplit(str(url)).hostname
    except ValueError:
        return None
