"""What filters keep. A test is given the call, the record, and what the filter says."""

from __future__ import annotations

import base64
import binascii
import operator
from typing import TYPE_CHECKING, Any

from sandbox.zitadel import ids
from sandbox.zitadel.failures import Failure, invalid
from sandbox.zitadel.records import Grant, Org, Project
from sandbox.zitadel.wire import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sandbox.zitadel.calls import Call

    Test = Callable[[Call, Any, Any], bool]

_NESTING = 20
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "EQUALS": operator.eq,
    "STARTS_WITH": str.startswith,
    "CONTAINS": operator.contains,
    "ENDS_WITH": str.endswith,
}
_TIMES: dict[str, Callable[[Any, Any], bool]] = {
    "EQUALS": operator.eq, "AFTER": operator.gt, "AFTER_OR_EQUALS": operator.ge,
    "BEFORE": operator.lt, "BEFORE_OR_EQUALS": operator.le, "GREATER": operator.gt,
    "GREATER_OR_EQUALS": operator.ge, "LESS": operator.lt, "LESS_OR_EQUALS": operator.le,
}  # fmt: skip


def kept(call: Call, records: list[Any], asked: Any, tests: Mapping[str, Test]) -> list[Any]:
    """The records that all filters keep."""
    if not asked:
        return records
    if not isinstance(asked, list):
        raise invalid("proto: syntax error: unexpected token")
    for each in asked:
        one = _one(each, tests)
        records = [record for record in records if one(call, record)]
    return records


def _one(asked: Any, tests: Mapping[str, Test], depth: int = 0) -> Callable[[Call, Any], bool]:
    """The test that a filter, which has exactly one name, stands for."""
    if depth > _NESTING:
        key = "Errors.Query.TooManyNestingLevels"
        raise invalid("Too many query nesting levels", "USER-zsQ97", key)
    known = [name for name in asked if name in tests] if isinstance(asked, dict) else []
    if len(known) != 1:
        raise invalid("List.Query.Invalid", "GRPC-vR9nC", "List.Query.Invalid")
    name, value = known[0], asked[known[0]]
    if name in _JOINS:
        inner = value.get("queries") or [value[key] for key in ("query",) if key in value]
        joined = _JOINS[name]
        each = [_one(one, tests, depth + 1) for one in inner]
        return lambda call, record: joined(test(call, record) for test in each)
    return lambda call, record: tests[name](call, record, value)


_JOINS: dict[str, Callable[[Any], bool]] = {
    "orQuery": any, "or": any, "andQuery": all, "and": all,
    "notQuery": lambda tests: not any(tests), "not": lambda tests: not any(tests),
}  # fmt: skip
NESTING: dict[str, Test] = dict.fromkeys(_JOINS, lambda call, record, value: True)
"""Names of filters that join others."""


def text(name: str, of: Callable[[Any], str]) -> Test:
    """A filter with a method."""

    def test(call: Call, record: Any, value: Any) -> bool:
        method = str(value.get("method") or "TEXT_QUERY_METHOD_EQUALS")
        method = method.removeprefix("TEXT_QUERY_METHOD_").removeprefix("TEXT_FILTER_METHOD_")
        shown, wanted = of(record), str(value.get(name) or "")
        if method.endswith("_IGNORE_CASE"):
            shown, wanted = shown.lower(), wanted.lower()
        return _TEXT[method.removesuffix("_IGNORE_CASE")](shown, wanted)

    return test


def same(name: str, of: Callable[[Any], Any]) -> Test:
    return lambda call, record, value: bool(of(record) == value.get(name))


def among(name: str, of: Callable[[Any], str]) -> Test:
    return lambda call, record, value: of(record) in (value.get(name) or [])


def time(name: str, of: Callable[[Any], datetime]) -> Test:
    """A filter with a timestamp and a method."""

    def test(call: Call, record: Any, value: Any) -> bool:
        method = str(value.get("method") or "TIMESTAMP_FILTER_METHOD_EQUALS")
        method = method.rpartition("_METHOD_")[2]
        try:
            bound = moment(str(value.get(name) or ""))
        except ValueError as error:
            raise invalid(f"invalid google.protobuf.Timestamp value {error}") from None
        if method not in _TIMES:
            raise Failure(3, "invalid method", "QUERY-3mdo3")
        return _TIMES[method](of(record), bound)

    return test


def _is_about(call: Call, record: Any, value: Any) -> bool:
    """Whether an administrator is one of that resource."""
    of = record.of
    if value.get("instance"):
        return of is None
    if "organizationId" in value:
        return isinstance(of, Org) and of.id == value["organizationId"]
    if "projectId" in value:
        return isinstance(of, Project) and of.id == value["projectId"]
    asked = value.get("projectGrant") or {}
    same_project = isinstance(of, Grant) and of.project.id == asked.get("projectId")
    return same_project and of.to.id == asked.get("organizationId")


def _of_owner(call: Call, record: Any, value: Any) -> bool:
    """Whether a project is owned by, or granted to, an organization."""
    wanted, kind = value.get("organizationId"), value.get("type")
    owned = record.grant is None and record.owner == wanted
    granted = record.grant is not None and record.grant.to.id == wanted
    return {"OWNED": owned, "GRANTED": granted}.get(str(kind), owned or granted)


def _has_value(call: Call, record: Any, value: Any) -> bool:
    try:
        wanted = base64.b64decode(str(value.get("value") or ""), validate=True)
    except binascii.Error as error:
        raise invalid(f"invalid value for bytes type: {error}") from None
    found = wanted in [each.encode() for each in record.metadata.values()]
    return found != str(value.get("method")).endswith("NOT_EQUALS")


def _has_key(call: Call, record: Any, value: Any) -> bool:
    test = text("key", str)
    return any(test(call, key, value) for key in record.metadata)


def _state(record: Any) -> str:
    return f"USER_STATE_{'ACTIVE' if record.active else 'INACTIVE'}"


def _type(record: Any) -> str:
    return "TYPE_MACHINE" if record.machine else "TYPE_HUMAN"


def _phone(record: Any) -> str:
    return (record.person.phone or "") if record.person else ""


USERS: dict[str, Test] = {
    **NESTING,
    "userNameQuery": text("userName", lambda user: str(user.username)),
    "firstNameQuery": text("firstName", lambda user: str(user.given)),
    "lastNameQuery": text("lastName", lambda user: str(user.family)),
    "nickNameQuery": text("nickName", lambda user: ""),
    "displayNameQuery": text("displayName", lambda user: str(user.display_name)),
    "emailQuery": text("emailAddress", lambda user: str(user.email)),
    "loginNameQuery": text("loginName", lambda user: str(user.username)),
    "stateQuery": same("state", _state),
    "typeQuery": same("type", _type),
    "inUserIdsQuery": among("userIds", lambda user: str(user.id)),
    "inUserEmailsQuery": among("userEmails", lambda user: str(user.email)),
}
USERS_V2: dict[str, Test] = {
    **USERS,
    "organizationIdQuery": same("organizationId", lambda user: user.owner),
    "phoneQuery": text("number", _phone),
    "metadataKeyFilter": _has_key,
    "metadataValueFilter": _has_value,
}
ORGS: dict[str, Test] = {
    "nameQuery": text("name", lambda org: str(org.name)),
    "domainQuery": text("domain", lambda org: str(org.domain)),
    "stateQuery": same("state", lambda org: "ORGANIZATION_STATE_ACTIVE"),
    "idQuery": same("id", lambda org: org.id),
    "defaultQuery": lambda call, org, value: org.thing is None,
}
ORGS_V1: dict[str, Test] = {
    **{name: ORGS[name] for name in ("nameQuery", "domainQuery", "idQuery")},
    "stateQuery": same("state", lambda org: "ORG_STATE_ACTIVE"),
}
DOMAINS: dict[str, Test] = {"domainFilter": text("domain", lambda each: str(each.id))}
DOMAINS_V1: dict[str, Test] = {"domainNameQuery": text("name", lambda each: str(each.id))}
METADATA: dict[str, Test] = {"keyFilter": text("key", lambda each: str(each.key))}
METADATA_V1: dict[str, Test] = {"keyQuery": text("key", lambda each: str(each.key))}
_KEYS: dict[str, Test] = {
    "userIdFilter": same("id", lambda key: key.user and key.user.id),
    "organizationIdFilter": same("id", lambda key: key.owner),
    "createdDateFilter": time("timestamp", lambda key: key.created),
    "expirationDateFilter": time("timestamp", lambda key: key.expires),
}
KEYS: dict[str, Test] = {"keyIdFilter": same("id", lambda key: key.id), **_KEYS}
ACCESS_TOKENS: dict[str, Test] = {"tokenIdFilter": same("id", lambda key: key.id), **_KEYS}
PROJECTS: dict[str, Test] = {
    "projectNameFilter": text("projectName", lambda project: str(project.name)),
    "inProjectIdsFilter": among("ids", lambda project: str(project.id)),
    "organizationIdFilter": _of_owner,
}
PROJECTS_V1: dict[str, Test] = {
    "nameQuery": text("name", lambda project: str(project.name)),
    "projectResourceOwnerQuery": same("resourceOwner", lambda project: project.owner),
}
ROLES: dict[str, Test] = {
    "roleKeyFilter": text("key", lambda role: str(role.key)),
    "displayNameFilter": text("displayName", lambda role: str(role.display_name)),
}
ROLES_V1: dict[str, Test] = {
    "keyQuery": text("key", lambda role: str(role.key)),
    "displayNameQuery": text("displayName", lambda role: str(role.display_name)),
}
GRANTS: dict[str, Test] = {
    "projectNameFilter": text("projectName", lambda grant: str(grant.project.name)),
    "roleKeyFilter": lambda call, grant, value: value.get("key") in grant.keys,
    "inProjectIdsFilter": among("ids", lambda grant: str(grant.project.id)),
    "organizationIdFilter": same("id", lambda grant: grant.owner),
    "grantedOrganizationIdFilter": same("id", lambda grant: grant.to.id),
}
GRANTS_V1: dict[str, Test] = {
    "projectNameQuery": text("name", lambda grant: str(grant.project.name)),
    "roleKeyQuery": lambda call, grant, value: value.get("roleKey") in grant.keys,
    "projectIdQuery": same("projectId", lambda grant: grant.project.id),
    "grantedOrgIdQuery": same("grantedOrgId", lambda grant: grant.to.id),
}
AUTHORIZATIONS: dict[str, Test] = {
    "authorizationIds": among("ids", lambda each: str(each.id)),
    "organizationId": same("id", lambda each: each.owner),
    "state": same("state", lambda each: "STATE_ACTIVE"),
    "inUserIds": among("ids", lambda each: str(each.user.id)),
    "userOrganizationId": same("id", lambda each: each.user.owner),
    "userPreferredLoginName": text("loginName", lambda each: str(each.user.username)),
    "userDisplayName": text("displayName", lambda each: str(each.user.display_name)),
    "projectId": same("id", lambda each: each.project.id),
    "projectName": text("name", lambda each: str(each.project.name)),
    "roleKey": lambda call, each, value: any(
        text("key", lambda role: str(role.key))(call, role, value) for role in each.roles
    ),
    "projectGrantId": same("id", lambda each: each.grant and each.grant.id),
}
AUTHORIZATIONS_V1: dict[str, Test] = {
    "projectIdQuery": same("projectId", lambda each: each.project.id),
    "userIdQuery": same("userId", lambda each: each.user.id),
    "withGrantedQuery": lambda call, each, value: True,
    "roleKeyQuery": lambda call, each, value: (
        value.get("roleKey") in [role.key for role in each.roles]
    ),
    "projectGrantIdQuery": same("projectGrantId", lambda each: each.grant and each.grant.id),
    "userNameQuery": text("userName", lambda each: str(each.user.username)),
    "emailQuery": text("email", lambda each: str(each.user.email)),
    "userTypeQuery": same("type", lambda each: _type(each.user)),
    "inUserIdsQuery": among("inUserIds", lambda each: str(each.user.id)),
}
"""`withGrantedQuery` says which there are to choose from (`endpoints_v1.py`)."""
ADMINISTRATORS: dict[str, Test] = {
    **NESTING,
    "creationDate": time("timestamp", lambda each: each.created),
    "changeDate": time("timestamp", lambda each: each.changed),
    "inUserIdsFilter": among("ids", lambda each: str(each.user.id)),
    "userOrganizationId": same("id", lambda each: each.user.owner),
    "userPreferredLoginName": text("preferredLoginName", lambda each: str(each.user.username)),
    "userDisplayName": text("displayName", lambda each: str(each.user.display_name)),
    "resource": _is_about,
    "role": lambda call, each, value: value.get("roleKey") in each.roles,
}
MEMBERS_V1: dict[str, Test] = {
    "firstNameQuery": text("firstName", lambda each: str(each.user.given)),
    "lastNameQuery": text("lastName", lambda each: str(each.user.family)),
    "emailQuery": text("email", lambda each: str(each.user.email)),
    "userIdQuery": same("userId", lambda each: each.user.id),
}
APPS: dict[str, Test] = {
    "projectIdFilter": same("projectId", lambda app: app.project.id),
    "nameFilter": text("name", lambda app: str(app.thing.name)),
}
APP_KEYS: dict[str, Test] = {
    "applicationIdFilter": same("applicationId", lambda key: key.place_of[0]),
    "projectIdFilter": same("projectId", lambda key: key.place_of[1]),
    "organizationIdFilter": same("organizationId", lambda key: key.owner),
}
SESSIONS: dict[str, Test] = {
    "idsQuery": among("ids", lambda session: str(session.id)),
    "userIdQuery": same("id", lambda session: session.user.id),
    "creationDateQuery": time("creationDate", lambda each: each.created),
    "expirationDateQuery": time("expirationDate", lambda each: each.thing.expires),
}
IDPS: dict[str, Test] = {
    "idpIdQuery": same("id", lambda idp: idp.id),
    "idpNameQuery": text("name", lambda idp: str(idp.thing.name)),
    "ownerTypeQuery": lambda call, idp, value: (
        (value.get("ownerType") == "IDP_OWNER_TYPE_SYSTEM") == (idp.owner == ids.INSTANCE)
    ),
}


TEAMS: dict[str, Test] = {
    "groupIds": among("ids", lambda team: str(team.id)),
    "nameFilter": text("name", lambda team: str(team.name)),
    "organizationId": same("id", lambda team: team.owner),
}
TEAM_MEMBERS: dict[str, Test] = {
    "userIds": among("ids", lambda each: str(each.user.id)),
    "groupIds": among("ids", lambda each: str(each.team.id)),
}
