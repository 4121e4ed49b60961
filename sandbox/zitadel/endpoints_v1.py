"""What is served of v1: management reads one organization, admin the whole instance.

Hardly any list has an order, and none has a limit of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zitadel import filters, ids, policies
from sandbox.zitadel import show_v1 as show
from sandbox.zitadel.calls import Endpoint, Listing, Single
from sandbox.zitadel.endpoints import USER_SORTS, factors, version_name
from sandbox.zitadel.failures import Failure
from sandbox.zitadel.records import Grant, Org, Project

if TYPE_CHECKING:
    from sandbox.zitadel.calls import Call
    from sandbox.zitadel.records import Administrator, Authorization, User
    from sandbox.zitadel.wire import Json

MANAGEMENT = "/management/v1"
ADMIN = "/admin/v1"
AUTH = "/auth/v1"


def _own(call: Call, records: list[Any]) -> list[Any]:
    """Those of the organization in whose context it is asked."""
    return [record for record in records if record.owner == call.org]


def _users(call: Call) -> list[User]:
    """Whom the path names, if the organization owns them."""
    user = call.instance.user_by_id.get(call.name("user_id"))
    return _own(call, [user] if user else [])


def _in_project(call: Call, records: list[Any]) -> list[Any]:
    wanted = call.name("project_id")
    return [record for record in _own(call, records) if record.project.id == wanted]


def _authorizations(call: Call) -> list[Authorization]:
    """Those of the organization, and, if asked for, those of its projects elsewhere."""
    asked = [each.get("withGrantedQuery") for each in call.body.get("queries") or []]
    wide = any(each and each.get("withGranted") for each in asked)
    return [
        each
        for each in call.instance.authorizations
        if each.owner == call.org or (wide and each.project.owner == call.org)
    ]


def _granted(call: Call) -> list[Any]:
    """Roles that a grant to the organization gives it."""
    project, grant = call.name("project_id"), call.name("grant_id")
    keys = [
        key
        for each in call.instance.grants
        if (each.id, each.project.id, each.to.id) == (grant, project, call.org)
        for key in each.keys
    ]
    return [role for role in call.instance.roles.get(project, []) if role.key in keys]


def _members(call: Call, kind: type[Any], identifier: str) -> list[Administrator]:
    found = call.instance.administrators
    return [each for each in found if isinstance(each.of, kind) and each.of.id == identifier]


def _project_members(call: Call) -> list[Administrator]:
    found = _members(call, Project, call.name("project_id"))
    return [each for each in found if isinstance(each.of, Project) and each.of.owner == call.org]


def _grant_members(call: Call) -> list[Administrator]:
    found, project = _members(call, Grant, call.name("grant_id")), call.name("project_id")
    return [
        each
        for each in found
        if isinstance(each.of, Grant) and each.of.project.id == project and call.org in each.seen_in
    ]


def _memberships(call: Call, user: User | None) -> list[Administrator]:
    return [each for each in call.instance.administrators if each.user is user]


def _my_org(call: Call) -> Json:
    told = show.org(call, call.instance.org_by_id[call.org])
    if call.version >= (4, 0):  # It counts as a change whatever happens in the organization.
        told["details"] = {**told["details"], "changeDate": call.instance.now}
    return {"org": told}


def _me(call: Call) -> Json:
    if call.instance.caller is None:
        raise Failure(5, "User could not be found", "QUERY-d3fas", "Errors.User.NotFound")
    return {"user": show.user(call, call.instance.caller)}


def _instance(call: Call) -> Json:
    founded = call.instance.company.founded
    about = {"creationDate": founded, "changeDate": founded, "resourceOwner": ids.INSTANCE}
    domain = {"details": about, "domain": ids.DOMAIN, "primary": True, "generated": True}
    told = {
        "id": ids.INSTANCE, "details": about, "state": "STATE_RUNNING", "name": "ZITADEL",
        "version": version_name(call), "domains": [domain],
    }  # fmt: skip
    return {"instance": told}


_USER = f"{MANAGEMENT}/users/{{user_id}}"
_PROJECT = f"{MANAGEMENT}/projects/{{project_id}}"
_ORGANIZATION: tuple[Endpoint, ...] = (
    Single(rpc="management.v1.GetMyOrg", rest=f"{MANAGEMENT}/orgs/me", method="GET",
           permission="org.read", show=_my_org),
    Single(rpc="management.v1.GetIAM", rest=f"{MANAGEMENT}/iam", method="GET",
           show=lambda call: {"defaultOrgId": ids.HOME, "globalOrgId": ids.HOME}),
    Listing(rpc="management.v1.ListOrgDomains", rest=f"{MANAGEMENT}/orgs/me/domains/_search",
            permission="org.read", find=lambda call: call.instance.org_domains[call.org],
            show=show.org_domain, filters=filters.DOMAINS_V1),
    Listing(rpc="management.v1.ListOrgMetadata", rest=f"{MANAGEMENT}/metadata/_search",
            permission="org.read", find=lambda call: call.instance.org_metadata[call.org],
            show=show.metadata, filters=filters.METADATA_V1),
    Listing(rpc="management.v1.ListOrgMembers", rest=f"{MANAGEMENT}/orgs/me/members/_search",
            permission="org.member.read", find=lambda call: _members(call, Org, call.org),
            show=show.member, filters=filters.MEMBERS_V1),
    Single(rpc="management.v1.ListOrgMemberRoles",
           rest=f"{MANAGEMENT}/orgs/members/roles/_search", permission="org.member.read",
           show=lambda call: {"result": ["ORG_OWNER", "ORG_OWNER_VIEWER"]}),
    Listing(rpc="management.v1.ListProviders", rest=f"{MANAGEMENT}/idps/templates/_search",
            permission="org.idp.read", show=show.idp, filters=filters.IDPS,
            find=lambda call: [each for each in call.instance.idps
                               if each.owner in (ids.INSTANCE, call.org)]),
    *policies.ENDPOINTS,
)  # fmt: skip
_USERS: tuple[Endpoint, ...] = (
    Listing(rpc="management.v1.ListUsers", rest=f"{MANAGEMENT}/users/_search",
            permission="user.read", find=lambda call: _own(call, call.instance.users),
            show=show.user, order=lambda user: user.id, sorts=USER_SORTS,
            filters=filters.USERS),
    Listing(rpc="management.v1.ListUserGrants", rest=f"{MANAGEMENT}/users/grants/_search",
            permission="user.grant.read", find=_authorizations, show=show.authorization,
            filters=filters.AUTHORIZATIONS_V1),
    Listing(rpc="management.v1.ListUserMetadata",
            rest=f"{MANAGEMENT}/users/{{id}}/metadata/_search",
            permission="user.read", show=show.metadata, filters=filters.METADATA_V1,
            find=lambda call: [
                each for user in _own(call, call.instance.users) if user.id == call.name("id")
                for each in call.instance.metadata_of(user)]),
    Listing(rpc="management.v1.ListPersonalAccessTokens", rest=f"{_USER}/pats/_search",
            permission="user.read", show=show.access_token,
            find=lambda call: [each for each in _own(call, call.instance.access_tokens)
                               if each.user.id == call.name("user_id")]),
    Listing(rpc="management.v1.ListMachineKeys", rest=f"{_USER}/keys/_search",
            permission="user.read", show=show.key,
            find=lambda call: [each for each in _own(call, call.instance.machine_keys)
                               if each.user.id == call.name("user_id")]),
    Listing(rpc="management.v1.ListHumanLinkedIDPs", rest=f"{_USER}/idps/_search",
            permission="user.read", show=show.link,
            find=lambda call: [link for user in _users(call)
                               for link in call.instance.links_of(user)]),
    Single(rpc="management.v1.ListHumanAuthFactors", rest=f"{_USER}/auth_factors/_search",
           permission="user.read",
           show=lambda call: {"result": [each for user in _users(call)
                                         for each in factors(call, user)]}),
    Single(rpc="management.v1.ListHumanPasswordless", rest=f"{_USER}/passwordless/_search",
           permission="user.read", show=lambda call: {"result": []}),
    Listing(rpc="management.v1.ListUserMemberships", rest=f"{_USER}/memberships/_search",
            permission="user.membership.read", show=show.membership,
            find=lambda call: [each for user in _users(call)
                               for each in _memberships(call, user)]),
)  # fmt: skip
_PROJECTS: tuple[Endpoint, ...] = (
    Listing(rpc="management.v1.ListProjects", rest=f"{MANAGEMENT}/projects/_search",
            permission="project.read", find=lambda call: _own(call, call.instance.projects),
            show=show.project, filters=filters.PROJECTS_V1),
    Listing(rpc="management.v1.ListGrantedProjects", permission="project.read",
            rest=f"{MANAGEMENT}/granted_projects/_search", show=show.grant,
            find=lambda call: [each for each in call.instance.grants if each.to.id == call.org]),
    Listing(rpc="management.v1.ListProjectRoles", rest=f"{_PROJECT}/roles/_search",
            permission="project.role.read", show=show.role, filters=filters.ROLES_V1,
            find=lambda call: _own(call, call.instance.roles.get(call.name("project_id"), []))),
    Listing(rpc="management.v1.ListGrantedProjectRoles", method="GET",
            rest=f"{MANAGEMENT}/granted_projects/{{project_id}}/grants/{{grant_id}}"
                 "/roles/_search",
            permission="project.role.read", find=_granted, show=show.role),
    Listing(rpc="management.v1.ListAllProjectGrants", permission="project.grant.read",
            rest=f"{MANAGEMENT}/projectgrants/_search", show=show.grant,
            find=lambda call: _own(call, call.instance.grants), filters=filters.GRANTS_V1),
    Listing(rpc="management.v1.ListProjectGrants", rest=f"{_PROJECT}/grants/_search",
            permission="project.grant.read", show=show.grant,
            find=lambda call: _in_project(call, call.instance.grants)),
    Listing(rpc="management.v1.ListProjectMembers", rest=f"{_PROJECT}/members/_search",
            permission="project.member.read", find=_project_members, show=show.member,
            filters=filters.MEMBERS_V1),
    Listing(rpc="management.v1.ListProjectGrantMembers",
            rest=f"{_PROJECT}/grants/{{grant_id}}/members/_search",
            permission="project.grant.member.read", find=_grant_members, show=show.member,
            filters=filters.MEMBERS_V1),
    Listing(rpc="management.v1.ListApps", rest=f"{_PROJECT}/apps/_search",
            permission="project.app.read", show=show.app,
            find=lambda call: _in_project(call, call.instance.apps)),
    Listing(rpc="management.v1.ListAppKeys", rest=f"{_PROJECT}/apps/{{app_id}}/keys/_search",
            permission="project.app.read", show=show.key,
            find=lambda call: [each for each in _own(call, call.instance.app_keys)
                               if each.app.id == call.name("app_id")
                               and each.app.project.id == call.name("project_id")]),
)  # fmt: skip
_INSTANCE: tuple[Endpoint, ...] = (
    Single(rpc="admin.v1.GetMyInstance", rest=f"{ADMIN}/instances/me", method="GET",
           permission="iam.read", show=_instance),
    Listing(rpc="admin.v1.ListOrgs", rest=f"{ADMIN}/orgs/_search", permission="iam.read",
            find=lambda call: call.instance.orgs, show=show.org, filters=filters.ORGS_V1,
            sorts={"ORG_FIELD_NAME_NAME": lambda org: org.name}),
    Listing(rpc="admin.v1.ListIAMMembers", rest=f"{ADMIN}/members/_search",
            permission="iam.member.read", show=show.member, filters=filters.MEMBERS_V1,
            find=lambda call: [e for e in call.instance.administrators if e.of is None],
            sorts={"MEMBER_FIELD_NAME_USER_ID": lambda each: each.user.id,
                   "MEMBER_FIELD_NAME_CREATION_DATE": lambda each: each.created,
                   "MEMBER_FIELD_NAME_CHANGE_DATE": lambda each: each.changed}),
    Single(rpc="admin.v1.ListIAMMemberRoles", rest=f"{ADMIN}/members/roles/_search",
           permission="iam.member.read",
           show=lambda call: {"details": {"viewTimestamp": call.instance.now},
                              "roles": ["IAM_OWNER", "IAM_OWNER_VIEWER"]}),
    Listing(rpc="admin.v1.ListProviders", rest=f"{ADMIN}/idps/templates/_search",
            permission="iam.idp.read", show=show.idp, filters=filters.IDPS,
            find=lambda call: [e for e in call.instance.idps if e.owner == ids.INSTANCE]),
    Single(rpc="auth.v1.GetMyUser", rest=f"{AUTH}/users/me", method="GET", show=_me),
    Listing(rpc="auth.v1.ListMyMemberships", rest=f"{AUTH}/memberships/me/_search",
            find=lambda call: _memberships(call, call.instance.caller),
            show=show.membership),
)  # fmt: skip

ENDPOINTS = _ORGANIZATION + _USERS + _PROJECTS + _INSTANCE
