"""Who can do what, computed from the company alone: it shares nothing with the SQL.

What a vendor makes of the company (Kinde's system permissions, ZITADEL's administrators) is told by
the modules that the vendor's own tests compare with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.kinde import ids as kinde_ids
from sandbox.model import Application, Group, Organization, Person, Role
from sandbox.zitadel import ids as zitadel_ids
from tests.kinde.expected_opt_in import SYSTEM
from tests.zitadel.expected_access import administrators

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.company import Company
    from sandbox.model import Api, Membership, Permission


@dataclass(frozen=True)
class Right:
    """An entitlement that an account has in a scope, each named as in the model."""

    account: str
    entitlement: str
    scope: str


@dataclass(frozen=True)
class Held:
    """How it is held.

    Attributes:
        given: Whether it was given itself, and does not only follow from something else.
        usable: Whether it is in force, and the account can be used.
    """

    right: Right
    given: bool
    usable: bool


def rights(company: Company) -> dict[Right, tuple[bool, bool]]:
    """All rights in all systems: whether each was given itself, and whether it can be used."""
    found: dict[Right, tuple[bool, bool]] = {}
    for system in (kinde, logto, rudderstack, zitadel):
        for held in system(company):
            given, usable = found.get(held.right, (False, False))
            found[held.right] = (given or held.given, usable or held.usable)
    return found


def kinde(company: Company) -> Iterator[Held]:
    """All that is held is held in an organization, but for the access of machines to APIs."""
    for member in people_memberships(company):
        person = member.holder
        assert isinstance(person, Person)
        account = f"kinde/user/{kinde_ids.user_id(person)}"
        scope = f"kinde/organization/{kinde_ids.organization_code(member.organization)}"

        def held(entitlement: str, *, given: bool, here: Membership = member) -> Held:
            assert isinstance(here.holder, Person)
            right = Right(account, f"kinde/{entitlement}", scope)  # noqa: B023
            return Held(right, given, here.holder.active)

        yield held("membership", given=True)
        for role in member.roles:
            yield held(f"role/{kinde_ids.role_id(role)}", given=True)
            yield from (held(each, given=False) for each in kinde_role(company, role))
        if member is home(company, person) and person.number % 5 == 0:
            first = next(iter(company.access.apis.values()))
            for permission in company.access.permissions_of(first):
                yield held(kinde_scope(permission), given=True)
    yield from kinde_machines(company)


def kinde_role(company: Company, role: Role) -> Iterator[str]:
    """What a role gives."""
    for permission in role.permissions:
        yield f"permission/{kinde_ids.permission_id(permission)}"
        if permission.api:
            yield kinde_scope(permission)
    for key in list(SYSTEM)[: len(role.permissions)]:
        yield f"system_permission/{kinde_ids.system_permission_id(key)}"
    for application in company.access.applications.values():
        if application.kind != "machine" and role in (application.allowed or ()):
            yield f"application_access/{kinde_ids.application_id(application)}"


def kinde_scope(permission: Permission) -> str:
    assert permission.api
    return f"scope/{kinde_ids.api_id(permission.api)}/{permission.name}"


def kinde_machines(company: Company) -> Iterator[Held]:
    """Every machine is listed for every API, and authorized for what its roles name."""
    for machine in company.access.applications.values():
        for api in company.access.apis.values() if machine.kind == "machine" else ():
            right = Right(
                f"kinde/application/{kinde_ids.application_id(machine)}",
                f"kinde/api_access/{kinde_ids.api_id(api)}",
                "kinde/tenant",
            )
            called = {each.api for role in roles_of(company, machine) for each in role.permissions}
            yield Held(right, given=True, usable=api in called)


def logto(company: Company) -> Iterator[Held]:
    """Roles are held in the tenant, memberships and their roles in organizations."""
    access = company.access
    for held in (each for kept in access.assignments.values() for each in kept.values()):
        yield from logto_role(held.holder, f"role/{held.role.id}", [held.role], "tenant")
        yield from logto_openings(company, held.holder, held.role, "tenant")
    for member in memberships(company):
        scope = f"organization/{member.organization.id}"
        yield logto_held(member.holder, "membership", scope, given=True)
        yield from logto_openings(company, member.holder, member.organization, scope)
        for role in member.roles:
            yield from logto_role(member.holder, f"organization_role/{role.id}", [role], scope)
            ruled = (member.organization, role)
            yield from logto_openings(company, member.holder, ruled, scope)
    for application in access.applications.values():
        for person in application.allowed or ():
            if isinstance(person, Person):
                entitlement = f"application_access/{application.id}"
                yield logto_held(person, entitlement, "tenant", given=True)


def logto_role(
    holder: Person | Application, entitlement: str, roles: list[Role], scope: str
) -> Iterator[Held]:
    """A role, and the scopes of APIs and of organizations that it gives."""
    yield logto_held(holder, entitlement, scope, given=True)
    for permission in (each for role in roles for each in role.permissions):
        kind = "scope" if permission.api else "organization_scope"
        yield logto_held(holder, f"{kind}/{permission.id}", scope, given=False)


def logto_openings(
    company: Company,
    holder: Person | Application,
    through: Role | Organization | tuple[Organization, Role],
    scope: str,
) -> Iterator[Held]:
    """The restricted applications that people may use through something that they have."""
    for application in company.access.applications.values():
        if through in (application.allowed or ()) and isinstance(holder, Person):
            yield logto_held(holder, f"application_access/{application.id}", scope, given=False)


def logto_held(holder: Person | Application, entitlement: str, scope: str, *, given: bool) -> Held:
    kind = "user" if isinstance(holder, Person) else "application"
    right = Right(f"logto/{kind}/{holder.id}", f"logto/{entitlement}", f"logto/{scope}")
    return Held(right, given, is_active(holder))


def rudderstack(company: Company) -> Iterator[Held]:
    """Whoever is active is a member; members of a group are in all groups around it."""
    for person in company.people.values():
        account = f"rudderstack/user/{person.id}"
        if person.active:
            right = Right(account, "rudderstack/membership", "rudderstack/tenant")
            yield Held(right, given=True, usable=True)
        own = company.groups_of(person)
        for group in around(company, own):
            right = Right(account, f"rudderstack/group/{group.id}", "rudderstack/tenant")
            yield Held(right, given=group in own, usable=person.active)


def around(company: Company, groups: Iterable[Group]) -> list[Group]:
    """Groups, and all that they are members of, directly or through others."""
    found: list[Group] = []
    waiting = list(groups)
    while waiting:
        group = waiting.pop()
        if group not in found:
            found.append(group)
            waiting += company.groups_of(group)
    return found


def zitadel(company: Company) -> Iterator[Held]:
    """Roles of the first project through memberships, of the second through roles of the tenant."""
    first, second, *_ = company.access.apis.values()
    for member in people_memberships(company):
        scope = zitadel_ids.organization_id(member.organization)
        yield from zitadel_roles(member.holder, member.roles, first, scope)
    for held in (each for kept in company.access.assignments.values() for each in kept.values()):
        yield from zitadel_roles(held.holder, [held.role], second, zitadel_ids.HOME)
    users = {zitadel_ids.user_id(each): each for each in company.people.values()}
    for row in administrators(company):
        kind, identifier = row["resource_type"], row["resource_id"]
        scope = "zitadel/tenant" if kind == "instance" else f"zitadel/{kind}/{identifier}"
        for role in row["roles"]:
            right = Right(f"zitadel/user/{row['user_id']}", f"zitadel/admin_role/{role}", scope)
            usable = row["user_id"] not in users or users[row["user_id"]].active
            yield Held(right, given=True, usable=usable)
    for group, person in company.memberships():
        if isinstance(person, Person):
            right = Right(
                f"zitadel/user/{zitadel_ids.user_id(person)}",
                f"zitadel/group/{zitadel_ids.group_id(group)}",
                f"zitadel/organization/{zitadel_ids.HOME}",
            )
            yield Held(right, given=True, usable=person.active)


def zitadel_roles(
    holder: Person | Application, roles: Iterable[Role], api: Api, organization: str
) -> Iterator[Held]:
    """The roles of a project, which are what the company's roles permit at an API."""
    for permission in (each for role in roles for each in role.permissions if each.api is api):
        right = Right(
            f"zitadel/user/{zitadel_ids.user_id(holder)}",
            f"zitadel/project_role/{zitadel_ids.project_id(api)}/{permission.name}",
            f"zitadel/organization/{organization}",
        )
        yield Held(right, given=True, usable=is_active(holder))


# What several systems are asked for


def memberships(company: Company) -> Iterator[Membership]:
    for kept in company.access.memberships.values():
        yield from kept.values()


def people_memberships(company: Company) -> Iterator[Membership]:
    return (each for each in memberships(company) if isinstance(each.holder, Person))


def roles_of(company: Company, machine: Application) -> list[Role]:
    """The roles of an application, in the tenant and in organizations."""
    assigned = [kept[machine.id].role for kept in company.access.assignments.values()
                if machine.id in kept]  # fmt: skip
    joined = [each.roles for each in memberships(company) if each.holder is machine]
    return [*assigned, *(role for roles in joined for role in roles)]


def home(company: Company, person: Person) -> Membership:
    """The membership that a person has had for longest."""
    return min(
        (each for each in memberships(company) if each.holder is person),
        key=lambda each: each.number,
    )


def is_active(holder: Person | Application) -> bool:
    return holder.active if isinstance(holder, Person) else True
