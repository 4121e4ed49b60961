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
        access.admit(organization, person, *access.roles_of("organization", "person")[:2])
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
    seats = [seat for each in access.organizations.values() for seat in access.people_of(each)]
    expelled, other = chance.sample(seats, 2)
    access.expel(expelled)
    roles = access.roles_of("organization", "person")
    access.entitle(other, *chance.sample(roles, chance.randrange(len(roles) + 1)))
    groups = [group for group in company.groups.values() if group.members]
    group = chance.choice(groups)
    company.leave(group, chance.choice(group.members))
    _admit(company, chance)


def _admit(company: Company, chance: Random) -> None:
    organization = chance.choice(list(company.access.organizations.values()))
    held = company.access.seats.get(organization.id, {})
    free = [person for person in company.people.values() if person.id not in held]
    if free:
        company.access.admit(organization, chance.choice(free))


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
        access.admit(founded, person, *access.roles_of("organization", "person")[:1])


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
