"""Organizations and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from identity_sdk import EachOf, Item
from tap_kinde.applications import AnyConnections
from tap_kinde.client import KindeStream, OptionalRecord
from tap_kinde.streams import Roles, RoleUsers, Users

if TYPE_CHECKING:
    from collections.abc import Mapping


class Organizations(KindeStream):
    """An organization of the business."""

    name = "organizations"
    path = "/organizations"
    records_key = "organizations"
    identity = "code"
    primary_keys = ("code",)
    permission = "read:organizations"

    @override
    def incomplete_reason(self) -> str | None:
        named = {code for code, _ in self.tap.memberships_differ.only_left}
        pages = self.listing.pages() if named else ()
        if missing := named - {each.get("code") for page in pages for each in page}:
            return f"{len(missing)} organizations of users are not in the list of organizations"
        return None


class OrganizationUsers(EachOf, KindeStream):
    """A user's membership in an organization, with the keys of the roles held there."""

    name = "organization_users"
    path = "/organizations/{org_code}/users"
    records_key = "organization_users"
    parent, bind = Organizations, {"org_code": "code"}
    primary_keys = ("org_code", "id")
    permission = "read:organization_users"
    compares_with = (Users, Roles, RoleUsers)

    @override
    def incomplete_reason(self) -> str | None:
        members, roles = self.tap.memberships_differ, self.tap.roles_differ
        if members.only_left:
            return (
                f"{len(members.only_left)} memberships in users' own lists of organizations are "
                "missing from `organization_users`"
            )
        if roles.only_right:
            return f"{len(roles.only_right)} roles of `role_users` are not in `organization_users`"
        return None


class OrganizationDetails(EachOf, KindeStream):
    """The details of an organization, without its branding."""

    name = "organization_details"
    path = "/organization"
    identity = "code"
    max_page_size = None
    parent, bind = Organizations, {"code": "code"}
    primary_keys = ("code",)
    permission = "read:organizations"
    opt_in = True
    ignored_fields = frozenset({
        "background_color", "background_color_dark", "billing", "button_border_radius",
        "button_color", "button_color_dark", "button_text_color", "button_text_color_dark",
        "card_border_radius", "color_scheme", "favicon_fallback", "favicon_svg",
        "input_border_radius", "link_color", "link_color_dark", "logo", "logo_dark",
        "theme_code",
    })  # fmt: skip

    @override
    def query(self, parent: Item) -> Mapping[str, str | None]:
        return {"code": parent["code"]}


class OrganizationUserPermissions(EachOf, KindeStream):
    """A permission of a user in an organization, as returned by Kinde."""

    name = "organization_user_permissions"
    path = "/organizations/{org_code}/users/{user_id}/permissions"
    records_key = "permissions"
    params: ClassVar = {"expand": "roles"}
    max_page_size = None
    parent = OrganizationUsers
    bind: ClassVar = {"org_code": "org_code", "user_id": "id"}
    primary_keys = ("org_code", "user_id", "id")
    permission = "read:organization_user_permissions"
    opt_in = True


class OrganizationUserMfa(EachOf, OptionalRecord):
    """A second factor of a user in an organization."""

    name = "organization_user_mfa"
    path = "/organizations/{org_code}/users/{user_id}/mfa"
    records_key = "mfa"
    parent = OrganizationUsers
    bind: ClassVar = {"org_code": "org_code", "user_id": "id"}
    primary_keys = ("org_code", "user_id", "id")
    permission = "read:organization_user_mfa"
    opt_in = True


class OrganizationInvites(EachOf, KindeStream):
    """An invitation to an organization, including accepted and revoked ones."""

    name = "organization_invites"
    path = "/organization/{org_code}/invites"
    records_key = "invites"
    params: ClassVar = {"include_revoked": "true", "include_accepted": "true"}
    parent, bind = Organizations, {"org_code": "code"}
    primary_keys = ("org_code", "id")
    permission = "read:organization_invites"
    ignored_fields = frozenset({"code", "invite_link"})
    opt_in = True


class OrganizationConnections(EachOf, AnyConnections):
    """A sign-in connection that is enabled for an organization."""

    name = "organization_connections"
    path = "/organizations/{org_code}/connections"
    parent, bind = Organizations, {"org_code": "code"}
    primary_keys = ("org_code", "id")
    permission = "read:organization_connections"
    ignored_fields = frozenset({"options"})
    opt_in = True
