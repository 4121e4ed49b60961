"""What happens in the company, before a run and during it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.model import Person

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from sandbox.company import Company


def leave(company: Company, chance: Random) -> None:
    """Someone leaves the company."""
    company.remove(chance.choice(list(company.people.values())[2:]))


def join(company: Company, chance: Random) -> None:
    """Someone is hired, and gets a place in what there is."""
    person = company.hire()
    access = company.access
    for organization in chance.sample(list(access.organizations.values()), 2):
        access.add_member(organization, person, *access.roles_of("organization", "person")[:2])
    access.assign(access.roles_of("tenant", "person")[0], person)
    for group in chance.sample(list(company.groups.values()), 2):
        company.join(group, person)


def replace(company: Company, chance: Random) -> None:
    """One leaves and another comes, so that the number stays the same."""
    leave(company, chance)
    join(company, chance)


def revoke(company: Company, chance: Random) -> None:
    """Roles and memberships are taken away, and others are given."""
    access = company.access
    held = [each for role in access.roles.values() for each in access.holders_of(role)]
    access.revoke(chance.choice(held))
    memberships = [
        member for each in access.organizations.values() for member in access.people_of(each)
    ]
    expelled, other = chance.sample(memberships, 2)
    access.remove_member(expelled)
    roles = access.roles_of("organization", "person")
    access.entitle(other, *chance.sample(roles, chance.randrange(len(roles) + 1)))
    groups = [group for group in company.groups.values() if group.members]
    group = chance.choice(groups)
    company.leave(group, chance.choice(group.members))
    _admit(company, chance)


def _admit(company: Company, chance: Random) -> None:
    organization = chance.choice(list(company.access.organizations.values()))
    held = company.access.memberships.get(organization.id, {})
    free = [person for person in company.people.values() if person.id not in held]
    if free:
        company.access.add_member(organization, chance.choice(free))


def rename(company: Company, chance: Random) -> None:
    """Names change, of people and of organizations."""
    for person in chance.sample(list(company.people.values())[2:], 3):
        company.rename(person, f"Renamed{person.revision}")
    organization = chance.choice(list(company.access.organizations.values()))
    company.access.rename(organization, f"Renamed {organization.revision}")


def reorganize(company: Company, chance: Random) -> None:
    """An organization ends, and another is founded."""
    access = company.access
    access.dissolve(list(access.organizations.values())[chance.randrange(1, 3)])
    founded = access.organization(f"Founded {len(company.events)}-{company.now:%M%S%f}")
    people: list[Any] = chance.sample(list(company.people.values()), 5)
    for person in people:
        assert isinstance(person, Person)
        access.add_member(founded, person, *access.roles_of("organization", "person")[:1])


# What only adds


def sign_up(company: Company, chance: Random) -> None:
    """Someone comes, and gets what everybody gets who comes."""
    access, person = company.access, company.hire()
    for role in access.roles_of("tenant", "person"):
        if role.is_default or (role.permissions and chance.random() < 0.5):
            access.assign(role, person)
    first = next(iter(access.organizations.values()))
    access.add_member(first, person, *first.joining_roles)
    company.join(next(iter(company.groups.values())), person)


def add_member(company: Company, chance: Random) -> None:
    """Someone who belongs to an organization becomes a member of another, and of a group."""
    access = company.access
    opened = [each for each in access.organizations.values() if access.people_of(each)]
    organization = chance.choice(opened)
    members = {member.holder.id for member in access.people_of(organization)}
    holders = {
        member.holder.id: member.holder for each in opened for member in access.people_of(each)
    }
    others = [holder for key, holder in holders.items() if key not in members]
    if others:
        roles = access.roles_of("organization", "person")
        access.add_member(organization, chance.choice(others), *chance.sample(roles, 2))
    _join_any(company, chance)


def give_role(company: Company, chance: Random) -> None:
    """Someone gets a role that is held all over the tenant, or one where they are a member."""
    access = company.access
    if chance.random() < 0.5:
        role = chance.choice([r for r in access.roles_of("tenant", "person") if r.permissions])
        held = access.assignments.get(role.id, {})
        if free := [person for person in company.people.values() if person.id not in held]:
            access.assign(role, chance.choice(free))
    else:
        _owner, *lesser = access.roles_of("organization", "person")
        memberships = [
            member for each in access.organizations.values() for member in access.people_of(each)
        ]
        member, role = chance.choice(memberships), chance.choice(lesser)
        access.entitle(member, *(each for each in member.roles if each is not role), role)
    _join_any(company, chance)


def _join_any(company: Company, chance: Random) -> None:
    group = chance.choice(list(company.groups.values()))
    if free := [person for person in company.people.values() if person not in group.members]:
        company.join(group, chance.choice(free))


def grow(company: Company, chance: Random) -> None:
    """The company grows: all that was there stays."""
    chance.choice((sign_up, add_member, give_role))(company, chance)


KINDS: dict[str, Callable[[Company, Random], None]] = {
    "someone leaves": leave,
    "someone joins": join,
    "one leaves, another joins": replace,
    "access is revoked and given": revoke,
    "names change": rename,
    "an organization ends, another begins": reorganize,
}
"""By what a reader of the table is told."""


def overnight(company: Company, chance: Random) -> None:
    """What has changed since the last complete run."""
    for change in (replace, revoke, rename):
        change(company, chance)
