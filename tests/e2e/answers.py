"""The answers to the questions of the documentation, out of the company itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.company import Company, Person
from sandbox.kinde import ids
from sandbox.zitadel.ids import HOME_NAME, machine_name, machines, role_keys
from tests.kinde.expected_shared import STRATEGIES, exact, own_identities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.model import Membership, Provider, Role


def memberships(company: Company) -> list[tuple[Membership, Person]]:
    """Memberships of people."""
    access = company.access
    return [
        (member, member.holder)
        for organization in access.organizations.values()
        for member in access.people_of(organization)
        if isinstance(member.holder, Person)
    ]


def assignments(company: Company) -> list[tuple[Role, Person]]:
    """Tenant-wide roles of people."""
    access = company.access
    return [
        (each.role, each.holder)
        for role in access.roles_of("tenant", "person")
        for each in access.holders_of(role)
        if isinstance(each.holder, Person)
    ]


def held(company: Company) -> set[tuple[Any, ...]]:
    return {(r.name, p.name, p.email) for r, p in assignments(company)}


def permitted(company: Company) -> set[tuple[Any, ...]]:
    return {
        (s.organization.name, p.name, p.email, each.api.name if each.api else None, each.name)
        for s, p in memberships(company)
        for role in s.roles
        for each in role.permissions
    }


def without_role(company: Company) -> set[tuple[Any, ...]]:
    return {(s.organization.name, p.name, p.email) for s, p in memberships(company) if not s.roles}


def suspended_with_role(company: Company) -> set[tuple[Any, ...]]:
    tenant_wide = {(p.name, p.email, r.name, None) for r, p in assignments(company) if not p.active}
    return tenant_wide | {
        (p.name, p.email, role.name, s.organization.name)
        for s, p in memberships(company)
        if not p.active
        for role in s.roles
    }


def without_factor(company: Company) -> set[tuple[Any, ...]]:
    people = company.people.values()
    return {(p.name, p.email) for p in people if not p.factors and p.active}


def joined(company: Company) -> set[tuple[Any, ...]]:
    new = list(company.people.values())[-1]
    return {(s.organization.name, p.name, p.email) for s, p in memberships(company) if p is new}


def held_somewhere(company: Company) -> set[tuple[Any, ...]]:
    return {
        (s.organization.name, r.name, p.email) for s, p in memberships(company) for r in s.roles
    }


def permitted_through(company: Company) -> set[tuple[Any, ...]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for member, person in memberships(company):
        for role in member.roles:
            for each in role.permissions:
                may = (member.organization.name, person.name, person.email, each.name)
                found.setdefault(may, []).append(role.name)
    return {(*may, ", ".join(sorted(roles))) for may, roles in found.items()}


def permitted_by_ids(company: Company) -> set[tuple[Any, ...]]:
    return {
        (ids.organization_code(s.organization), ids.user_id(p), each.name)
        for s, p in memberships(company)
        for role in s.roles
        for each in role.permissions
    }


def suspended_somewhere(company: Company) -> set[tuple[Any, ...]]:
    return {
        (p.email, r.name, s.organization.name)
        for s, p in memberships(company)
        if not p.active
        for r in s.roles
    }


def entitled(company: Company) -> set[tuple[Any, ...]]:
    first, second, *_ = company.access.organizations.values()
    new = list(company.people.values())[-1]
    suspended = next(person for person in company.people.values() if not person.active)
    got = ((second, "owner", new), (first, "owner", suspended), (first, "member", suspended))
    return {(organization.name, role, person.email) for organization, role, person in got}


def nowhere(company: Company) -> set[tuple[Any, ...]]:
    somewhere = {person.id for _, person in memberships(company)}
    return {
        (ids.user_id(p), p.email, exact(p.created), exact(p.signed_in))
        for p in company.people.values()
        if p.id not in somewhere
    }


def without_factor_by_id(company: Company) -> set[tuple[Any, ...]]:
    people = [p for p in company.people.values() if not p.factors and p.active]
    return {(ids.user_id(p), p.email, exact(p.signed_in)) for p in people}


def of_enterprises(company: Company) -> dict[Person, list[Provider]]:
    """Who has identities of enterprise connections, and of which."""
    found: dict[Person, list[Provider]] = {}
    for person in company.people.values():
        for each in person.identities:
            if each.provider.kind == "enterprise":
                found.setdefault(person, []).append(each.provider)
    return found


def through_enterprises(company: Company) -> set[tuple[Any, ...]]:
    return {
        (each.name, STRATEGIES[each.name], ids.user_id(p), p.email, p.email, exact(p.signed_in))
        for p, providers in of_enterprises(company).items()
        if p.signed_in
        for each in providers
    }


def provisioned(company: Company) -> set[tuple[Any, ...]]:
    return {
        (ids.user_id(p), p.email, exact(p.created), not p.active, ", ".join(sorted(names)))
        for p, providers in of_enterprises(company).items()
        if not p.signed_in
        for names in [[each.name for each in providers]]
    }


def also_otherwise(company: Company) -> set[tuple[Any, ...]]:
    found = set()
    for person in of_enterprises(company):
        types = {kind for kind, _ in own_identities(person)}
        types |= {"social" for each in person.identities if each.provider.kind == "social"}
        found.add((ids.user_id(person), person.email, ", ".join(sorted(types))))
    return found


def authorized(company: Company) -> Iterator[tuple[Person, str, str | None, list[str]]]:
    """Who holds which roles at ZITADEL, of which project, and through a grant to whom."""
    orders, billing = list(company.access.apis.values())[:2]
    permissions = list(company.access.permissions.values())
    for member, person in memberships(company):
        keys = role_keys(permissions, member.roles, orders)
        yield person, orders.name, member.organization.name, keys
    for role, person in assignments(company):
        yield person, billing.name, None, role_keys(permissions, [role], billing)


def user_state(person: Person) -> str:
    return "USER_STATE_ACTIVE" if person.active else "USER_STATE_INACTIVE"


def held_in_projects(company: Company) -> set[tuple[Any, ...]]:
    found = authorized(company)
    return {(p.email, project, key, to) for p, project, to, keys in found for key in keys}


def inactive_authorized(company: Company) -> set[tuple[Any, ...]]:
    return {
        (p.email, user_state(p), project, to or HOME_NAME, ", ".join(sorted(keys)))
        for p, project, to, keys in authorized(company)
        if keys and not p.active
    }


def authorized_since(company: Company) -> set[tuple[Any, ...]]:
    new = {(organization, email) for organization, _, email in entitled(company)}
    found = authorized(company)
    return {
        (p.email, project, key)
        for p, project, to, keys in found
        for key in keys
        if (to, p.email) in new
    }


def administrating(company: Company) -> set[tuple[Any, ...]]:
    machine = machine_name(machines(company.access.applications.values())[0])
    first = next(iter(company.people.values()))
    owners = [(s, p) for s, p in memberships(company) if any(r.name == "owner" for r in s.roles)]
    return {
        ("instance", None, machine, "machine", "USER_STATE_ACTIVE", "IAM_OWNER_VIEWER"),
        ("instance", None, first.email, "human", user_state(first), "IAM_OWNER"),
    } | {
        ("organization", s.organization.name, p.email, "human", user_state(p), "ORG_OWNER")
        for s, p in owners
    }


def last_signed_in(company: Company) -> set[tuple[Any, ...]]:
    """For whoever never did it is unknown, for the events do not tell that."""
    last: dict[str, str] = {}
    for each in company.access.sign_ins:
        if each.succeeded:
            name = each.person.email if each.person else machine_name(each.application)
            last[name] = f"{each.at:%Y-%m-%d %H:%M}"
    users = [(p.email, "human", user_state(p)) for p in company.people.values()]
    users += [
        (machine_name(each), "machine", "USER_STATE_ACTIVE")
        for each in machines(company.access.applications.values())
    ]
    return {(*user, last.get(user[0], "unknown")) for user in users}


ANSWERS: dict[tuple[str, str], Callable[[Company], set[tuple[Any, ...]]]] = {
    ("tap-logto", "Who holds which role?"): held,
    (
        "tap-logto",
        "What are the effective permissions of each member in each organization?",
    ): permitted,
    ("tap-logto", "Which members hold no role?"): without_role,
    (
        "tap-logto",
        "Which suspended users still hold a role, tenant-wide or in an organization?",
    ): suspended_with_role,
    ("tap-logto", "Which users have no second factor?"): without_factor,
    ("tap-logto", "Who has joined an organization since the last review?"): joined,
    ("tap-kinde", "Who holds which role, and where?"): held_somewhere,
    (
        "tap-kinde",
        "What are the effective permissions of each member in each organization?",
    ): permitted_through,
    (
        "tap-kinde",
        "Who has which permission in which organization, according to either stream?",
    ): permitted_by_ids,
    ("tap-kinde", "Which members hold no role?"): without_role,
    ("tap-kinde", "Which suspended users still hold a role?"): suspended_somewhere,
    ("tap-kinde", "Who has been given a role since the last review?"): entitled,
    ("tap-kinde", "Which users belong to no organization?"): nowhere,
    ("tap-kinde", "Which users have no second factor?"): without_factor_by_id,
    (
        "tap-kinde",
        "Who signs in through which enterprise connection?",
    ): through_enterprises,
    (
        "tap-kinde",
        "Which users were pre-provisioned for an enterprise connection and have never signed in?",
    ): provisioned,
    (
        "tap-kinde",
        "Which users have both an enterprise and a non-enterprise identity, and could bypass "
        "enterprise sign-in?",
    ): also_otherwise,
    (
        "tap-zitadel",
        "Who holds which role in which project, and through which project grant?",
    ): held_in_projects,
    (
        "tap-zitadel",
        "Which users are not active but still hold an authorization?",
    ): inactive_authorized,
    ("tap-zitadel", "Who has been given which role since the last review?"): authorized_since,
    (
        "tap-zitadel",
        "Who are the administrators of the instance and of the organizations?",
    ): administrating,
    (
        "tap-zitadel",
        "When did each user last sign in, as far as is known?",
    ): last_signed_in,
    ("tap-zitadel", "Which users have no second factor?"): without_factor,
}
