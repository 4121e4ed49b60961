"""What is served of v2: for each method, its rows, order, filters, and who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zitadel import filters, ids
from sandbox.zitadel import show_v2 as show
from sandbox.zitadel.calls import Endpoint, Listing, Single
from sandbox.zitadel.failures import Failure, no_membership, no_permission
from sandbox.zitadel.wire import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.zitadel.calls import Call
    from sandbox.zitadel.records import User
    from sandbox.zitadel.wire import Json


def _by(name: str) -> Callable[[Any], Any]:
    """An attribute, or one of an attribute."""
    first, _, second = name.partition(".")
    if second:
        return lambda record: getattr(getattr(record, first), second)
    return lambda record: getattr(record, first)


def _sorts(prefix: str, **columns: str) -> dict[str, Callable[[Any], Any]]:
    return {f"{prefix}_{column}": _by(attribute) for column, attribute in columns.items()}


_DATES = {"CREATION_DATE": "created", "CHANGE_DATE": "changed"}
_CREATED = _by("created")
_ID = _by("id")
USER_SORTS = {
    **_sorts(
        "USER_FIELD_NAME", USER_NAME="username", FIRST_NAME="given", LAST_NAME="family",
        DISPLAY_NAME="display_name", EMAIL="email", CREATION_DATE="created",
    ),
    "USER_FIELD_NAME_STATE": lambda user: not user.active,
    "USER_FIELD_NAME_TYPE": lambda user: user.machine is not None,
}  # fmt: skip


def _is_caller(call: Call, user: User) -> bool:
    return user is call.instance.caller


def _is_callers(call: Call, key: Any) -> bool:
    """Whether a token is the account's own."""
    return key.user is call.instance.caller


def _user(call: Call) -> User:
    """Whom the path or the body names, if the account may see them."""
    user = call.instance.user_by_id.get(call.name("user_id" if call.path else "userId"))
    if user is None or not call.instance.account.may("user.read", user.owner):
        raise Failure(5, "User could not be found", "QUERY-d3fas", "Errors.User.NotFound")
    return user


def _may_be_user(call: Call) -> list[User]:
    """The same, for lists that are just empty without them."""
    user = call.instance.user_by_id.get(call.name("user_id" if call.path else "userId"))
    return [user] if user else []


def _org_id(call: Call) -> str:
    return call.name("organization_id" if call.path else "organizationId")


def _methods(call: Call) -> Json:
    """Without any role in the context it is refused; who may not see the user is told nothing."""
    if not call.instance.account.belongs_to(call.org):
        raise no_membership()
    users = _may_be_user(call)
    seen = [user for user in users if call.instance.account.may("user.read", user.owner)]
    person = seen[0].person if seen else None
    factors = {factor.kind for factor in person.factors} if person else set()
    has = {
        "PASSWORD": person is not None and person.has_password,
        "IDP": bool(person and person.identities), "TOTP": "totp" in factors,
        "U2F": "webauthn" in factors,
        "RECOVERY_CODE": "backup_code" in factors and call.version >= (5, 0),
    }  # fmt: skip
    types = [f"AUTHENTICATION_METHOD_TYPE_{name}" for name, true in has.items() if true]
    details = {"totalResult": count(len(types)), "timestamp": call.instance.now}
    return {"details": details, "authMethodTypes": types}


def factors(call: Call, user: User) -> list[Json]:
    """In v1 they look the same."""
    ready = "AUTH_FACTOR_STATE_READY"
    found: list[Json] = []
    for factor in list(user.person.factors) if user.person else []:
        if factor.kind == "totp":
            found.append({"state": ready, "otp": {}})
        elif factor.kind == "webauthn":
            named = {"id": ids.factor_id(factor), "name": factor.name}
            found.append({"state": ready, "u2f": named})
    return found


def version_name(call: Call) -> str:
    return f"v{call.version[0]}.{call.version[1]}.0"


def _instance(call: Call) -> Json:
    if not call.instance.account.may("iam.read"):
        raise no_permission()
    founded = call.instance.company.founded
    domain = {
        "instanceId": ids.INSTANCE, "creationDate": founded, "domain": ids.DOMAIN,
        "primary": True, "generated": True,
    }  # fmt: skip
    told = {
        "id": ids.INSTANCE, "creationDate": founded, "changeDate": founded,
        "state": "STATE_RUNNING", "name": "ZITADEL", "version": version_name(call),
        "customDomains": [domain],
    }  # fmt: skip
    return {"instance": told}


LARGE = 1000
"""Rows of a table of which pages lost some, as they did not of smaller ones."""
_V4 = (4, 0)
USERS = "/v2/users"
ORGS = "/v2/organizations"
_OBJECT: tuple[Endpoint, ...] = (
    Listing(rpc="user.v2.ListUsers", rest=USERS, find=lambda call: call.instance.users,
            show=show.user, reads="user.read", in_query=(4, 8), by_feature=(2, 71),
            shows_own=_is_caller, order=_ID, sorts=USER_SORTS, filters=filters.USERS_V2),
    Listing(rpc="user.v2.ListIDPLinks", rest=f"{USERS}/{{user_id}}/links/_search",
            find=lambda call: [link for user in _may_be_user(call)
                               for link in call.instance.links_of(user)],
            show=show.link, reads="user.read", by_feature=_V4, refuses=True),
    Listing(rpc="user.v2.ListPasskeys", rest=f"{USERS}/{{user_id}}/passkeys/_search",
            find=lambda call: [], show=lambda call, each: {}),
    Single(rpc="user.v2.ListAuthenticationFactors",
           rest=f"{USERS}/{{user_id}}/authentication_factors/_search",
           show=lambda call: {"result": factors(call, _user(call))}),
    Single(rpc="user.v2.ListAuthenticationMethodTypes", method="GET",
           rest=f"{USERS}/{{user_id}}/authentication_methods", show=_methods),
    Listing(rpc="org.v2.ListOrganizations", rest=f"{ORGS}/_search",
            find=lambda call: call.instance.orgs, show=show.org, reads="org.read",
            by_feature=_V4, filters=filters.ORGS,
            sorts=_sorts("ORGANIZATION_FIELD_NAME", NAME="name", CREATION_DATE="created")),
    Listing(rpc="session.v2.ListSessions", rest="/v2/sessions/search", key="sessions",
            find=lambda call: call.instance.sessions, show=show.session, reads="session.read",
            by_feature=_V4, filters=filters.SESSIONS,
            sorts=_sorts("SESSION_FIELD_NAME", CREATION_DATE="created")),
)  # fmt: skip
_FILTER: tuple[Endpoint, ...] = (
    Listing(rpc="user.v2.ListUserMetadata", rest=f"{USERS}/{{user_id}}/metadata/search",
            since=(4, 0), paging="filter", key="metadata",
            find=lambda call: [each for user in _may_be_user(call)
                               for each in call.instance.metadata_of(user)],
            show=show.metadata, reads="user.read", by_feature=_V4, order=_CREATED,
            filters=filters.METADATA, loose=LARGE),
    Listing(rpc="user.v2.ListKeys", rest=f"{USERS}/keys/search", since=(4, 0), paging="filter",
            find=lambda call: call.instance.machine_keys, show=show.key, reads="user.read",
            by_feature=_V4, order=_CREATED, filters=filters.KEYS,
            sorts=_sorts("KEY_FIELD_NAME", CREATED_DATE="created", ID="id", USER_ID="user.id",
                         ORGANIZATION_ID="owner", KEY_EXPIRATION_DATE="expires")),
    Listing(rpc="user.v2.ListPersonalAccessTokens", rest=f"{USERS}/pats/search", since=(4, 0),
            paging="filter", find=lambda call: call.instance.access_tokens, show=show.key,
            reads="user.read", by_feature=_V4, shows_own=_is_callers, order=_CREATED,
            filters=filters.ACCESS_TOKENS,
            sorts=_sorts("PERSONAL_ACCESS_TOKEN_FIELD_NAME", CREATED_DATE="created", ID="id",
                         USER_ID="user.id", ORGANIZATION_ID="owner",
                         EXPIRATION_DATE="expires")),
    Listing(rpc="org.v2.ListOrganizationDomains", key="domains", since=(4, 7), paging="filter",
            rest=f"{ORGS}/{{organization_id}}/domains/search",
            find=lambda call: call.instance.org_domains.get(_org_id(call), []),
            show=show.org_domain, reads="org.read", in_query=_V4, filters=filters.DOMAINS,
            sorts=_sorts("DOMAIN_FIELD_NAME", NAME="id", CREATION_DATE="created")),
    Listing(rpc="org.v2.ListOrganizationMetadata", key="metadata", since=(4, 7),
            paging="filter", rest=f"{ORGS}/{{organization_id}}/metadata/search",
            find=lambda call: call.instance.org_metadata.get(_org_id(call), []),
            show=show.metadata, reads="org.read", in_query=_V4, order=_CREATED,
            filters=filters.METADATA, loose=LARGE),
    Listing(rpc="project.v2.ListProjects", key="projects", since=(4, 6), paging="filter",
            permission="project.read", find=lambda call: call.instance.projects_and_grants,
            show=show.project, reads="project.read", order=_CREATED, filters=filters.PROJECTS,
            loose=0,
            sorts=_sorts("PROJECT_FIELD_NAME", ID="id", NAME="name", **_DATES)),
    Listing(rpc="project.v2.ListProjectRoles", key="projectRoles", since=(4, 6),
            paging="filter", permission="project.role.read",
            find=lambda call: call.instance.roles.get(call.name("projectId"), []),
            show=show.role, reads="project.role.read", by_feature=_V4, order=_CREATED,
            filters=filters.ROLES,
            sorts=_sorts("PROJECT_ROLE_FIELD_NAME", KEY="key", **_DATES)),
    Listing(rpc="project.v2.ListProjectGrants", key="projectGrants", since=(4, 6),
            paging="filter", permission="project.grant.read",
            find=lambda call: call.instance.grants, show=show.grant,
            reads="project.grant.read", order=_CREATED, filters=filters.GRANTS, loose=LARGE,
            sorts=_sorts("PROJECT_GRANT_FIELD_NAME", PROJECT_ID="project.id", **_DATES)),
    Listing(rpc="authorization.v2.ListAuthorizations", key="authorizations", since=(4, 6),
            paging="filter", find=lambda call: call.instance.authorizations,
            show=show.authorization, reads="user.grant.read", order=_CREATED,
            filters=filters.AUTHORIZATIONS,
            sorts=_sorts("AUTHORIZATION_FIELD_NAME", CREATED_DATE="created",
                         CHANGED_DATE="changed", ID="id", USER_ID="user.id",
                         PROJECT_ID="project.id", ORGANIZATION_ID="owner",
                         USER_ORGANIZATION_ID="user.owner")),
    Listing(rpc="internal_permission.v2.ListAdministrators", key="administrators",
            since=(4, 5), paging="filter", find=lambda call: call.instance.administrators,
            show=show.administrator, reads="iam.member.read", order=_CREATED,
            filters=filters.ADMINISTRATORS,
            sorts=_sorts("ADMINISTRATOR_FIELD_NAME", USER_ID="user.id", **_DATES)),
    Listing(rpc="application.v2.ListApplications", key="applications", since=(4, 5),
            paging="filter", find=lambda call: call.instance.apps, show=show.app,
            reads="project.app.read", by_feature=_V4, order=_ID, filters=filters.APPS,
            sorts=_sorts("APPLICATION_SORT_BY", ID="id", NAME="thing.name", **_DATES)),
    Listing(rpc="application.v2.ListApplicationKeys", key="keys", since=(4, 5),
            paging="filter", find=lambda call: call.instance.keys, show=show.app_key,
            reads="project.app.read", by_feature=_V4, open_by_feature=True, order=_ID,
            filters=filters.APP_KEYS,
            sorts=_sorts("APPLICATION_KEYS_SORT_BY", ID="id", APPLICATION_ID="place_of",
                         CREATION_DATE="created", ORGANIZATION_ID="owner",
                         EXPIRATION="expires")),
    Listing(rpc="group.v2.ListGroups", key="groups", since=(5, 0), paging="filter",
            find=lambda call: call.instance.teams, show=show.team, reads="group.read",
            by_feature=_V4, filters=filters.TEAMS,
            sorts=_sorts("FIELD_NAME", ID="id", NAME="name", **_DATES)),
    Listing(rpc="group.v2.ListGroupUsers", key="groupUsers", since=(5, 0), paging="filter",
            find=lambda call: call.instance.members, show=show.member,
            reads="group.user.read", by_feature=_V4, order=_by("team.id"),
            filters=filters.TEAM_MEMBERS, loose=0,
            sorts=_sorts("GROUP_USER_FIELD_NAME", USER_ID="user.id", GROUP_ID="team.id",
                         CREATION_DATE="created")),
    Single(rpc="instance.v2.GetInstance", since=(4, 6), show=_instance),
)  # fmt: skip

ENDPOINTS = _OBJECT + _FILTER
