"""Projects and their roles, project grants, authorizations and administrators."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from identity_sdk import (
    Deduplicator,
    Filtered,
    InTurn,
    Item,
    Pager,
    PartOf,
    Reading,
    Readings,
    Request,
    SeenKeys,
    in_memory,
    in_turn,
    result_of,
    snake_cased,
    take,
    values,
)
from tap_zitadel import columns, rights
from tap_zitadel.client import V1, V2, EachOfZitadel, ZitadelStream, header
from tap_zitadel.proto import in_order, message
from tap_zitadel.streams import Organizations
from tap_zitadel.users import Users

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


OWNED_PROJECTS = ("granted_organization_id", None)
"""For a listing that contains each project once more for each of its grants."""


class Projects(ZitadelStream):
    """A project: applications that share roles."""

    name = "projects"
    primary_keys = ("id",)
    permission = rights.PROJECTS
    may_need = (Organizations,)
    v2 = V2(
        "projects", "/zitadel.project.v2.ProjectService/ListProjects", "projects",
        columns.PROJECTS_V2, ("PROJECT_FIELD_NAME_CREATION_DATE", "PROJECT_FIELD_NAME_ID"),
        else_v1=True,
    )  # fmt: skip
    v1 = V1(
        "/management/v1/projects/_search", columns.PROJECTS_V1,
        per="organizations",
    )  # fmt: skip
    ignored_fields = frozenset({"granted_organization_id"})

    @override
    def key(self, item: Item) -> Any:
        # The listing is a union of projects and of their grants.
        return (item["id"], item.get("granted_organization_id")) if item["id"] else None

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        if not item.get("granted_organization_id"):
            yield item


class ProjectRoles(EachOfZitadel):
    """A role of a project."""

    name = "project_roles"
    parent, bind = Projects, {"project_id": "id"}
    primary_keys = ("project_id", "key")
    permission = rights.PROJECTS
    v2 = V2(
        "project roles", "/zitadel.project.v2.ProjectService/ListProjectRoles", "projectRoles",
        columns.PROJECT_ROLES_V2, ("PROJECT_ROLE_FIELD_NAME_KEY",), body={"projectId": "{id}"},
    )  # fmt: skip
    v1 = V1(
        "/management/v1/projects/{id}/roles/_search",
        columns.PROJECT_ROLES_V1,
    )

    @override
    def has_children(self, parent: Item) -> bool:
        return not parent.get("granted_organization_id")


class ProjectGrants(ZitadelStream):
    """A project grant: a project and those of its roles that another organization may assign."""

    name = "project_grants"
    primary_keys = ("project_id", "granted_organization_id")
    permission = rights.PROJECT_GRANTS
    may_need = (Organizations,)
    v2 = V2(
        "project grants", "/zitadel.project.v2.ProjectService/ListProjectGrants", "projectGrants",
        columns.PROJECT_GRANTS_V2,
        ("PROJECT_GRANT_FIELD_NAME_CREATION_DATE", "PROJECT_GRANT_FIELD_NAME_PROJECT_ID"),
        else_v1=True,
    )  # fmt: skip
    v1 = V1(
        "/management/v1/projectgrants/_search", columns.PROJECT_GRANTS_V1,
        per="organizations",
    )  # fmt: skip
    ignored_fields = frozenset({"grant_id"})


class Authorizations(ZitadelStream):
    """The roles of a project that a user holds (an authorization, or user grant)."""

    name = "authorizations"
    compares_with = (Users,)
    primary_keys = ("id",)
    permission = rights.AUTHORIZATIONS
    may_need = (Organizations,)
    v2 = V2(
        "authorizations", "/zitadel.authorization.v2.AuthorizationService/ListAuthorizations",
        "authorizations", columns.AUTHORIZATIONS_V2,
        ("AUTHORIZATION_FIELD_NAME_ID",),
    )  # fmt: skip
    v1 = V1(
        "/management/v1/users/grants/_search", columns.AUTHORIZATIONS_V1,
        per="organizations",
    )  # fmt: skip

    @property
    @override
    def older(self) -> V1 | None:
        """In single organizations, those given by others on their projects are included."""
        if self.tap.whole_instance or self.v1 is None:
            return self.v1
        return replace(self.v1, body={"queries": [{"withGrantedQuery": {"withGranted": True}}]})

    @override
    def read_v1(self, v1: V1) -> Reading:
        """Two organizations both list what one of them gave on a project of the other."""
        return InTurn(self._once(super().read_v1(v1)))

    def _once(self, reading: Reading) -> Readings:
        deduplicator = Deduplicator(self.key)
        yield Filtered(reading, deduplicator.fresh)
        result = result_of(reading)
        return replace(result, repeats=result.repeats + deduplicator.repeats)

    @override
    def postprocess(self, row: Item) -> list[Item]:
        roles = values(row.pop("roles"))
        keys = [each.get("key") if isinstance(each, dict) else each for each in roles]
        state = str(row["state"]).removeprefix("USER_GRANT_")
        return [{**row, "state": state, "role_keys": in_order(keys)}]


class AuthorizationRoles(PartOf, ZitadelStream):
    """A role of a project that a user holds."""

    name = "authorization_roles"
    permission = rights.AUTHORIZATIONS
    parent, bind = Authorizations, {"authorization_id": "id"}
    read_from = ("role_keys", "user_id", "organization_id", "project_id", "state")
    primary_keys = ("authorization_id", "role_key")

    @override
    def parts(self, item: Item) -> Iterable[Item]:
        keys, *shared = self.read_from
        for key in item[keys]:
            yield {"role_key": key, **{name: item.get(name) for name in shared}}


_OF_PROJECT = {"project_id": "id", "organization_id": "organization_id"}
_OF_GRANT = {
    "project_id": "project_id",
    "organization_id": "organization_id",
    "granted_organization_id": "granted_organization_id",
}


class Administrators(ZitadelStream):
    """An administrator of the instance, an organization, a project or a project grant."""

    name = "administrators"
    compares_with = (Users,)
    primary_keys = ("user_id", "resource_type", "resource_id")
    permission = rights.ADMINISTRATORS
    incremental_key = "change_date"
    may_need = (Organizations, Projects, ProjectGrants)
    v2 = V2(
        "administrators",
        "/zitadel.internal_permission.v2.InternalPermissionService/ListAdministrators",
        "administrators", columns.ADMINISTRATORS_V2,
        ("ADMINISTRATOR_FIELD_NAME_CREATION_DATE", "ADMINISTRATOR_FIELD_NAME_USER_ID"),
    )  # fmt: skip
    _INSTANCE = V1("/admin/v1/members/_search", columns.MEMBER)
    _ORGANIZATION = V1(
        "/management/v1/orgs/me/members/_search", columns.MEMBER,
        per="organizations", bind={"organization_id": "id"},
    )  # fmt: skip
    _PROJECT = V1(
        "/management/v1/projects/{id}/members/_search", columns.MEMBER,
        per="projects", bind=_OF_PROJECT, only=OWNED_PROJECTS,
    )  # fmt: skip
    _GRANT = V1(
        "/management/v1/projects/{project_id}/grants/{grant_id}/members/_search", columns.MEMBER,
        per="project_grants", bind=_OF_GRANT,
    )  # fmt: skip
    v1 = _ORGANIZATION
    ignored_fields = frozenset({
        "grant_organization", "grant_owner", "grant_project", "on_instance", "on_organization",
        "on_project", "project_owner",
    })  # fmt: skip

    @override
    def newer(self, v2: V2, parent: Item, seen: SeenKeys) -> Readings:
        """Filtered by the bookmark, if a catalog asks for that: the server has such a filter."""
        if since := self.since():
            method = "TIMESTAMP_FILTER_METHOD_AFTER_OR_EQUALS"
            changed = {"changeDate": {"timestamp": since, "method": method}}
            v2 = replace(v2, body={"filters": [changed]})
        return super().newer(v2, parent, seen)

    @override
    def read_v1(self, v1: V1) -> Reading:
        sources = [self._ORGANIZATION, self._PROJECT, self._GRANT]
        if self.tap.whole_instance:
            sources.insert(0, self._INSTANCE)
        return in_turn(super(Administrators, self).read_v1(each) for each in sources)

    @override
    def key(self, item: Item) -> Any:
        on = (item.get("on_organization"), item.get("on_project"), item.get("grant_project"))
        return (item["user_id"], *on, item.get("grant_organization")) if item["user_id"] else None

    @override
    def rows(self, item: Item) -> Iterable[Item]:
        yield {**item, **_resource(item)}


def _resource(row: Item) -> Item:
    """What is administered: its type and id, and its organization and project."""
    organization = row.get("on_organization") or row.get("organization_id")
    project = row.get("on_project") or row.get("grant_project") or row.get("project_id")
    granted = row.get("grant_organization") or row.get("granted_organization_id")
    owner = row.get("project_owner") or row.get("grant_owner") or organization
    if granted:
        kind, identifier = "project_grant", f"{project}/{granted}"
    elif project:
        kind, identifier = "project", project
    elif organization:
        kind, identifier = "organization", organization
    else:
        kind = identifier = "instance"
    return {
        "resource_type": kind,
        "resource_id": identifier,
        "organization_id": owner,
        "project_id": project,
        "granted_organization_id": granted,
    }


class Policies(EachOfZitadel):
    """A policy that applies to an organization: its own, or the instance's default."""

    name = "policies"
    path = "/management/v1/policies"
    parent, bind = Organizations, {"organization_id": "id"}
    primary_keys = ("organization_id", "type")
    permission = rights.POLICIES
    opt_in = True
    cost = "four requests per record of {parent}"

    _PATHS: ClassVar[Mapping[str, str]] = {
        "login": "login",
        "password_complexity": "password/complexity",
        "password_age": "password/age",
        "lockout": "lockout",
    }

    @override
    def pager(self, path: str, parent: Item) -> Pager:
        rows = []
        for kind, place in self._PATHS.items():
            yield Request(f"{path}/{place}", headers=header(parent))
            body = message((yield from take()).body)
            policy = {k: v for k, v in message(body.get("policy")).items() if k != "details"}
            default = bool(policy.pop("isDefault", False) or body.get("isDefault"))
            rows.append({"type": kind, "is_default": default, "policy": snake_cased(policy)})
        return (yield from in_memory(rows, self.key))
