"""Which things a request asks for: the queries behind the endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sandbox.logto import logs, rows
from sandbox.logto.answers import Failure, bad_query, no_such, not_found
from sandbox.model import (
    Api,
    Application,
    Invitation,
    Membership,
    Organization,
    Permission,
    Person,
    Provider,
    Role,
    Session,
    SignIn,
    Thing,
)

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

    from sandbox.logto.tables import Tables

_T = TypeVar("_T", bound=Thing)
_NAMES = {Application: "applications", Organization: "organizations"}


@dataclass(frozen=True)
class Call:
    """A request for an endpoint, and what it may look at.

    Attributes:
        ids: The parts of the path that stand for something, by their names.
        events: Who signed in, oldest first.
    """

    tables: Tables
    version: tuple[int, int]
    ids: dict[str, str]
    query: QueryParams
    events: list[SignIn]

    @property
    def id(self) -> str:
        return self.ids["id"]

    def asks(self, name: str) -> bool:
        return self.query.get(name) in ("true", "1")

    def every(self, kind: type[_T]) -> list[_T]:
        return self.tables.all(kind)


# Single things


def person(call: Call) -> Person:
    found = call.tables.find(Person, call.id)
    if found is None:
        raise not_found()
    return found


def organization(call: Call) -> Organization:
    return _known(call, Organization)


def application(call: Call) -> Application:
    return _known(call, Application)


def role(call: Call) -> Role:
    return _role(call, "tenant", "roles")


def organization_role(call: Call) -> Role:
    return _role(call, "organization", "organization_roles")


def event(call: Call) -> SignIn:
    for each in call.events:
        if each.id == call.id:
            return each
    raise no_such("logs", call.id)


def _known(call: Call, kind: type[_T]) -> _T:
    found = call.tables.find(kind, call.id)
    if found is None:
        raise no_such(_NAMES[kind], call.id)
    return found


def _role(call: Call, level: str, table: str) -> Role:
    found = call.tables.find(Role, call.id)
    if found is None or found.level != level:
        raise no_such(table, call.id)
    return found


# What people have


def roles_of_person(call: Call) -> list[Role]:
    holder = person(call)
    return call.tables.all(Role, lambda role: call.tables.holds(role, holder.id))


def organizations_of_person(call: Call) -> list[Membership]:
    return _memberships_of(call, person(call).id)


def factors(call: Call) -> list[Any]:
    return list(person(call).factors)


def tokens(call: Call) -> list[Any]:
    found = call.tables.find(Person, call.id)
    return [(found, token) for token in found.tokens] if found else []


def sessions(call: Call) -> list[tuple[Person, Session]]:
    """Those that have not expired. Somebody who does not exist has none."""
    found = call.tables.find(Person, call.id)
    now = call.tables.company.now
    return [(found, each) for each in found.sessions if each.expires > now] if found else []


def grants(call: Call) -> list[tuple[Person, Session]]:
    found = call.tables.find(Person, call.id)
    wanted = {"firstParty": False, "thirdParty": True}.get(call.query.get("appType", ""))
    every = [(found, each) for each in found.sessions] if found else []
    return [each for each in every if wanted in (None, each[1].application.third_party)]


def _memberships_of(call: Call, holder: str) -> list[Membership]:
    memberships = (call.tables.member(each, holder) for each in call.every(Organization))
    return [member for member in memberships if member is not None]


# Roles


def roles(call: Call) -> list[Role]:
    found = call.tables.all(Role, lambda role: role.level == "tenant")
    wanted, known = call.query.get("type"), ["User", "MachineToMachine"]
    if wanted is None:
        return found
    if wanted not in known:
        expected = " | ".join(f"'{each}'" for each in known)
        message = f"Invalid enum value. Expected {expected}, received '{wanted}'"
        issue = {"received": wanted, "code": "invalid_enum_value", "options": known}
        raise bad_query("type", {**issue, "message": message})
    return [each for each in found if rows.role(each)["type"] == wanted]


def people_of_role(call: Call) -> list[Person]:
    held = role(call)
    return call.tables.all(Person, lambda person: call.tables.holds(held, person.id))


def applications_of_role(call: Call) -> list[Application]:
    held = role(call)
    return call.tables.all(Application, lambda each: call.tables.holds(held, each.id))


def scopes_of_role(call: Call) -> list[Permission]:
    held = role(call)
    return call.tables.all(Permission, lambda scope: scope in held.permissions)


# Resources


def scopes_of_resource(call: Call) -> list[Permission]:
    return call.tables.all(
        Permission, lambda scope: scope.api is not None and scope.api.id == call.id
    )


def resource(call: Call, api: Api) -> dict[str, Any]:
    """A resource, with its scopes if they are asked for."""
    row = rows.resource(api)
    if not call.asks("includeScopes"):
        return row
    scopes = call.tables.all(Permission, lambda scope: scope.api is api)
    return {**row, "scopes": [rows.resource_scope(scope) for scope in scopes]}


# Organizations


def members(call: Call) -> list[Membership]:
    """The people of an organization. One that does not exist has none."""
    memberships = call.tables.memberships(call.id, Person)
    wanted = call.query.get("organizationRoleId")
    if not wanted or call.version < (1, 41):
        return memberships
    return [member for member in memberships if any(role.id == wanted for role in member.roles)]


def applications_of_organization(call: Call) -> list[Membership]:
    return call.tables.memberships(call.id, Application)


def roles_of_member(call: Call) -> list[Role]:
    member = call.tables.member(call.id, call.ids["user"])
    if member is None:
        message = "The user must be a member of the organization to proceed."
        raise Failure(422, "organization.require_membership", message)
    return call.tables.all(Role, lambda role: role in member.roles)


def scopes_of_member(call: Call) -> list[Permission]:
    member = call.tables.member(call.id, call.ids["user"])
    return call.tables.access.effective(member) if member else []


def email_domains(call: Call) -> list[tuple[str, str]]:
    found = call.tables.find(Organization, call.id)
    return [(found.id, domain) for domain in found.domains] if found else []


def joining_roles(call: Call) -> list[Role]:
    given = organization(call).joining_roles
    return call.tables.all(Role, lambda role: role in given)


def joining_through(call: Call) -> list[Provider]:
    trusted = organization(call).joining_through
    return call.tables.all(Provider, lambda provider: provider in trusted)


def organization_roles(call: Call) -> list[Role]:
    return call.tables.all(Role, lambda role: role.level == "organization")


def organization_scopes(call: Call) -> list[Permission]:
    return call.tables.all(Permission, lambda scope: scope.api is None)


def scopes_of_organization_role(call: Call) -> list[Permission]:
    held = organization_role(call).permissions
    return call.tables.all(Permission, lambda scope: scope in held and scope.api is None)


def resource_scopes_of_organization_role(call: Call) -> list[Permission]:
    held = organization_role(call).permissions
    return call.tables.all(Permission, lambda scope: scope in held and scope.api is not None)


def invitations(call: Call) -> list[Invitation]:
    wanted = {name: call.query.get(name) for name in ("organizationId", "inviterId", "invitee")}

    def asked_for(each: Invitation) -> bool:
        inviter = each.inviter.id if each.inviter else None
        facts = {"organizationId": each.organization.id, "inviterId": inviter}
        facts["invitee"] = each.email
        return all(not value or facts[name] == value for name, value in wanted.items())

    return call.tables.all(Invitation, asked_for)


# Applications and providers


def applications(call: Call) -> list[Application]:
    types = call.query.getlist("types")
    third_party = call.query.get("isThirdParty")
    return call.tables.all(
        Application,
        lambda each: (
            (not types or rows.application_type(each) in types)
            and (third_party is None or each.third_party == call.asks("isThirdParty"))
        ),
    )


def roles_of_application(call: Call) -> list[Role]:
    holder = application(call)
    if holder.kind != "machine":
        message = "Only machine to machine applications can have associated roles."
        raise Failure(422, "application.invalid_type", message)
    return call.tables.all(Role, lambda role: call.tables.holds(role, holder.id))


def organizations_of_application(call: Call) -> list[Membership]:
    return _memberships_of(call, call.id)


def secrets(call: Call) -> list[Any]:
    found = call.tables.find(Application, call.id)
    return [(found, secret) for secret in found.secrets] if found else []


def connectors(call: Call) -> list[Provider]:
    target = call.query.get("target")
    return call.tables.all(
        Provider, lambda each: each.kind != "enterprise" and target in (None, each.name)
    )


def sso_connectors(call: Call) -> list[Provider]:
    return call.tables.all(Provider, lambda each: each.kind == "enterprise")


def events(call: Call) -> list[SignIn]:
    return logs.in_logs(call.events, call.query, call.version)
