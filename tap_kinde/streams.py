"""Users, roles and permissions: what belongs to the environment."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from identity_sdk import (
    EachOf,
    Item,
    PartOf,
    Reading,
    batches,
    in_turn,
    objects,
    texts,
    without_secret,
)
from tap_kinde.client import KindeStream, OptionalRecord

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


class Memberships(KindeStream):
    """A stream of the users' listing, which also contains memberships."""

    @override
    def incomplete_reason(self) -> str | None:
        difference = self.tap.memberships_differ
        if not difference.only_right:
            return None
        return (
            f"{len(difference.only_right)} memberships in `organization_users` are not in the "
            "users' own lists of organizations"
        )


class Users(Memberships):
    """A user of the environment."""

    name = "users"
    path = "/users"
    records_key = "users"
    params: ClassVar = {"expand": "organizations,identities"}
    primary_keys = ("id",)
    permission = "read:users"
    ignored_fields = frozenset({"billing", "identities", "organizations"})

    @override
    def read_some(self, keys: Collection[str]) -> Reading:
        some = ({"user_id": ",".join(batch)} for batch in batches(sorted(keys), 50))
        pagers = (self.pager(self.path, each) for each in some)
        return in_turn(map(self.driven, pagers))

    @override
    def query(self, parent: Item) -> Mapping[str, str | None]:
        return {**self.params, **parent}


class UserIdentities(PartOf, Memberships):
    """An identity of a user: e-mail address, phone number, user name or external account."""

    name = "user_identities"
    parent, bind = Users, {"user_id": "id"}
    read_from = ("identities",)
    primary_keys = ("user_id", "type", "identity", "connection_id")
    absent: ClassVar = dict.fromkeys(("type", "identity", "connection_id"), "none")
    permission = "read:users"

    @override
    def parts(self, item: Item) -> Iterable[Item]:
        return map(self.named, objects(item.get("identities")))


class UserOrganizations(PartOf, Memberships):
    """A user's membership in an organization, from the user's own record."""

    name = "user_organizations"
    parent, bind = Users, {"user_id": "id"}
    read_from = ("organizations",)
    primary_keys = ("user_id", "org_code")
    permission = "read:users"

    @override
    def parts(self, item: Item) -> Iterable[Item]:
        return [{"org_code": code} for code in texts(item.get("organizations"))]


class Roles(KindeStream):
    """A role; roles are shared by all environments of the business."""

    name = "roles"
    path = "/roles"
    records_key = "roles"
    primary_keys = ("id",)
    permission = "read:roles"

    @override
    def incomplete_reason(self) -> str | None:
        held = {key for _, _, key in self.tap.roles_differ.only_left}
        listed = (
            {role.get("key") for page in self.listing.pages() for role in page} if held else held
        )
        if missing := held - listed:
            return f"{len(missing)} roles of `organization_users` are not in the list of roles"
        return None


class RoleUsers(EachOf, KindeStream):
    """A role that a user holds in an organization."""

    name = "role_users"
    path = "/roles/{role_id}/users"
    records_key = "users"
    parent, bind = Roles, {"role_id": "id"}
    primary_keys = ("role_id", "user_id", "org_code")
    permission = "read:organization_user_roles"

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        for code in texts(item.get("org_codes")):
            yield {"role_id": item["role_id"], "user_id": item.get("id"), "org_code": code}

    @override
    def incomplete_reason(self) -> str | None:
        difference = self.tap.roles_differ
        if not difference.only_left:
            return None
        return f"{len(difference.only_left)} roles of `organization_users` are not in `role_users`"


class RolePermissions(EachOf, KindeStream):
    """A permission that a role grants."""

    name = "role_permissions"
    path = "/roles/{role_id}/permissions"
    records_key = "permissions"
    parent, bind = Roles, {"role_id": "id"}
    primary_keys = ("role_id", "id")
    permission = "read:role_permissions"


class Permissions(KindeStream):
    """A permission; permissions are shared by all environments of the business."""

    name = "permissions"
    path = "/permissions"
    records_key = "permissions"
    primary_keys = ("id",)
    permission = "read:permissions"


class UserSignIns(KindeStream):
    """The last sign-in of a user, overall and by organization."""

    name = "user_sign_ins"
    path = "/users"
    records_key = "users"
    primary_keys = ("user_id",)
    column_names: ClassVar = {"id": "user_id"}
    replication_key = "last_signed_in"
    permission = "read:users"
    opt_in = True
    # Users enter the filtered listing during a walk, some on pages already read.
    overlap = timedelta(hours=1)
    ignored_fields = frozenset({
        "billing", "created_on", "email", "first_name", "identities", "is_suspended",
        "last_name", "organizations", "phone", "picture", "provided_id", "username",
    })  # fmt: skip

    @override
    def query(self, parent: Item) -> Mapping[str, str | None]:
        return {"active_since": self.since()}

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        if item.get("last_signed_in"):
            yield self.named(item)


class UserProperties(KindeStream):
    """A property of a user, such as a department."""

    name = "user_properties"
    path = "/search/users"
    records_key = "results"
    params: ClassVar = {"query": "*", "expand": "properties"}
    ends_on_empty = True
    primary_keys = ("user_id", "key")
    permission = "read:users"
    opt_in = True

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        properties = item.get("properties")
        for name, value in (properties if isinstance(properties, dict) else {}).items():
            kept = without_secret(name, value)
            yield {"user_id": item.get("id"), "key": name, "value": kept}


class UserApiScopes(KindeStream):
    """A scope of an API that was granted to a user directly."""

    name = "user_api_scopes"
    primary_keys = ("user_id", "org_code", "api_id", "scope")
    absent: ClassVar = dict.fromkeys(("org_code", "api_id", "scope"), "none")
    permission = "read:users"
    opt_in = True
    cost = "a request per page of the listing that it shares with `user_properties`"

    @property
    @override
    def source(self) -> KindeStream:
        return self.tap.stream_of(UserProperties)

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        for each in objects(item.get("api_scopes")):
            yield {**self.named(each), "user_id": item.get("id")}


class UserIdentityDetails(EachOf, KindeStream):
    """The details of an identity of a user."""

    name = "user_identity_details"
    path = "/users/{user_id}/identities"
    records_key = "identities"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "id")
    permission = "read:user_identities"
    opt_in = True


class UserSessions(EachOf, KindeStream):
    """An active session of a user."""

    name = "user_sessions"
    path = "/users/{user_id}/sessions"
    records_key = "sessions"
    identity = "session_id"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "session_id")
    permission = "read:user_sessions"
    opt_in = True


class UserMfa(EachOf, OptionalRecord):
    """A second factor of a user."""

    name = "user_mfa"
    path = "/users/{user_id}/mfa"
    records_key = "mfa"
    parent, bind = Users, {"user_id": "id"}
    primary_keys = ("user_id", "id")
    permission = "read:user_mfa"
    opt_in = True


class RoleScopes(EachOf, KindeStream):
    """A scope of an API that a role grants."""

    name = "role_scopes"
    path = "/roles/{role_id}/scopes"
    records_key = "scopes"
    max_page_size = None
    parent, bind = Roles, {"role_id": "id"}
    primary_keys = ("role_id", "id")
    permission = "read:role_scopes"
    opt_in = True


class RoleSystemPermissions(EachOf, KindeStream):
    """A permission in Kinde's self-serve portal that a role grants."""

    name = "role_system_permissions"
    path = "/roles/{role_id}/system_permissions"
    records_key = "system_permissions"
    parent, bind = Roles, {"role_id": "id"}
    primary_keys = ("role_id", "id")
    permission = "read:role_system_permissions"
    opt_in = True


class SystemPermissions(KindeStream):
    """A permission in Kinde's self-serve portal."""

    name = "system_permissions"
    path = "/system_permissions"
    records_key = "system_permissions"
    primary_keys = ("id",)
    permission = "read:system_permissions"
    opt_in = True


class Directories(KindeStream):
    """A SCIM directory that provisions an organization's users."""

    name = "directories"
    path = "/directories"
    records_key = "directories"
    primary_keys = ("id",)
    permission = "read:scim_directories"
    ignored_fields = frozenset({"secret_token"})
    opt_in = True


class ApiKeys(KindeStream):
    """A long-lived API key: metadata only, never the key."""

    name = "api_keys"
    path = "/api_keys"
    records_key = "api_keys"
    primary_keys = ("id",)
    permission = "read:api_keys"
    opt_in = True
