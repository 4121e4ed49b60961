"""Organizations, their members with their roles, and the scopes of these roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from identity_sdk import ColumnMap, EachOf, Item, PartOf, flatten, objects
from tap_logto.applications import Applications
from tap_logto.client import LogtoStream
from tap_logto.streams import SsoConnectors, Users

if TYPE_CHECKING:
    from collections.abc import Iterable


_ROLE = {"id": "organization_role_id", "name": "organization_role_name"}


class Organizations(LogtoStream):
    """An organization of the tenant."""

    name = "organizations"
    path = "/organizations"
    params: ClassVar = {"showFeatured": "true"}  # adds `usersCount`
    primary_keys = ("id",)
    paged = True
    ignored_fields = frozenset({"custom_css", "featured_users", "is_trusted_device_allowed"})
    snake_case_objects = frozenset({"branding", "color"})


class OrganizationMemberships(EachOf, LogtoStream):
    """A user's membership in an organization, with the roles held there."""

    name = "organization_memberships"
    path = "/organizations/{organization_id}/users"
    parent, bind = Organizations, {"organization_id": "id"}
    primary_keys = ("organization_id", "user_id")
    column_names: ClassVar = {"id": "user_id"}
    ignored_fields = Users.fields()
    paged = True

    @override
    def expected_count(self, parent: Item) -> int | None:
        return parent.get("usersCount")


class OrganizationMemberRoles(PartOf, LogtoStream):
    """A role that a user holds in an organization."""

    name = "organization_member_roles"
    parent = OrganizationMemberships
    bind: ClassVar = {"organization_id": "organization_id", "user_id": "id"}
    read_from = ("organizationRoles",)
    primary_keys = ("organization_id", "user_id", "organization_role_id")
    column_names = _ROLE

    @override
    def parts(self, item: Item) -> Iterable[Item]:
        return map(self.named, objects(item.get("organizationRoles")))


class OrganizationRoles(LogtoStream):
    """An organization role, for users or for machine-to-machine applications."""

    name = "organization_roles"
    path = "/organization-roles"
    primary_keys = ("id",)
    paged = True
    ignored_fields = frozenset({"scopes", "resource_scopes"})


class OrganizationRoleScopes(PartOf, LogtoStream):
    """An organization scope that an organization role grants."""

    name = "organization_role_scopes"
    parent, bind = OrganizationRoles, {"organization_role_id": "id"}
    read_from = ("scopes",)
    primary_keys = ("organization_role_id", "scope_id")
    column_names: ClassVar = {"id": "scope_id", "name": "scope_name"}

    @override
    def parts(self, item: Item) -> Iterable[Item]:
        return map(self.named, objects(item.get("scopes")))


_RESOURCE_SCOPE: ColumnMap = {
    "id": "scope_id",
    "name": "scope_name",
    "resource": {"id": "resource_id", "name": "resource_name"},
}


class OrganizationRoleResourceScopes(PartOf, LogtoStream):
    """A scope of an API resource that an organization role grants within the organization."""

    name = "organization_role_resource_scopes"
    parent, bind = OrganizationRoles, {"organization_role_id": "id"}
    read_from = ("resourceScopes",)
    primary_keys = ("organization_role_id", "scope_id")

    @override
    def parts(self, item: Item) -> Iterable[Item]:
        for scope in objects(item.get("resourceScopes")):
            yield flatten(scope, _RESOURCE_SCOPE, path="$.resourceScopes")


class OrganizationScopes(LogtoStream):
    """An organization scope (permission)."""

    name = "organization_scopes"
    path = "/organization-scopes"
    primary_keys = ("id",)


class OrganizationApplications(EachOf, LogtoStream):
    """A machine-to-machine application in an organization, with its roles there."""

    name = "organization_applications"
    path = "/organizations/{organization_id}/applications"
    parent, bind = Organizations, {"organization_id": "id"}
    primary_keys = ("organization_id", "application_id")
    column_names: ClassVar = {"id": "application_id"}
    ignored_fields = Applications.fields()
    paged = True


class OrganizationApplicationRoles(PartOf, LogtoStream):
    """A role that an application holds in an organization."""

    name = "organization_application_roles"
    parent = OrganizationApplications
    bind: ClassVar = {"organization_id": "organization_id", "application_id": "id"}
    read_from = ("organizationRoles",)
    primary_keys = ("organization_id", "application_id", "organization_role_id")
    column_names = _ROLE

    @override
    def parts(self, item: Item) -> Iterable[Item]:
        return map(self.named, objects(item.get("organizationRoles")))


class OrganizationInvitations(LogtoStream):
    """An invitation to an organization."""

    name = "organization_invitations"
    path = "/organization-invitations"
    primary_keys = ("id",)


class OrganizationJitEmailDomains(EachOf, LogtoStream):
    """An e-mail domain for just-in-time provisioning into an organization."""

    name = "organization_jit_email_domains"
    path = "/organizations/{organization_id}/jit/email-domains"
    parent, bind = Organizations, {"organization_id": "id"}
    primary_keys = ("organization_id", "email_domain")
    identity = "emailDomain"
    ignored_fields = frozenset({"tenant_id"})


class OrganizationJitRoles(EachOf, LogtoStream):
    """A role assigned by just-in-time provisioning into an organization."""

    name = "organization_jit_roles"
    path = "/organizations/{organization_id}/jit/roles"
    parent, bind = Organizations, {"organization_id": "id"}
    primary_keys = ("organization_id", "organization_role_id")
    column_names = _ROLE
    ignored_fields = OrganizationRoles.fields()


class OrganizationJitSsoConnectors(EachOf, LogtoStream):
    """An enterprise SSO connector for just-in-time provisioning into an organization."""

    name = "organization_jit_sso_connectors"
    path = "/organizations/{organization_id}/jit/sso-connectors"
    parent, bind = Organizations, {"organization_id": "id"}
    primary_keys = ("organization_id", "sso_connector_id")
    column_names: ClassVar = {"id": "sso_connector_id"}
    ignored_fields = SsoConnectors.fields()
