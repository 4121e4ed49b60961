"""A made-up company: people, groups, and who belongs to what.

It is the truth that tests compare a warehouse with. Whoever serves it (a projection)
is told of each change, once for each thing that changed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

_GIVEN = (
    "Ada", "Bilal", "Chloé", "Dmitri", "Esra", "Fatou", "Güneş", "Hana", "Ines", "Jón",
    "Kaito", "Léa", "Måns", "Ngozi", "Ömer", "Priya", "Quentin", "Rosa", "Søren", "Tomás",
)  # fmt: skip
_FAMILY = (
    "Abebe", "Bianchi", "Castañeda", "Dvořák", "Eriksen", "Fischer", "Grünwald", "Haddad",
    "Ivanova", "Jansen", "Kowalczyk", "Lindqvist", "Moreau", "Nakamura", "Okafor", "Petrović",
)  # fmt: skip
_DEPARTMENTS = ("Engineering", "Data", "Finance", "Legal", "Support", "Sales")
_TITLES = ("Engineer", "Analyst", "Accountant", "Counsel", "Agent", "Manager")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(eq=False)
class Person:
    """Someone who works for the company."""

    id: str
    number: int
    given: str
    family: str
    email: str
    title: str
    department: str
    private_email: str | None = None
    phone: str | None = None
    manager: Person | None = None
    active: bool = True
    created: datetime | None = None
    changed: datetime | None = None
    revision: int = 0

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


@dataclass(eq=False)
class Group:
    """People, and other groups, who share what the group may do."""

    id: str
    number: int
    name: str
    members: list[Person | Group] = field(default_factory=list)
    created: datetime | None = None
    changed: datetime | None = None
    revision: int = 0


@dataclass(frozen=True)
class Event:
    """Something that somebody did.

    Attributes:
        actor: Id of the person who did it.
        target: Id of what it was done to.
    """

    id: str
    number: int
    at: datetime
    actor: str
    action: str
    target_type: str
    target: str


class Projection(Protocol):
    """Who serves the company."""

    def saved(self, thing: Person | Group) -> None:
        """A thing is new, or has changed."""

    def dropped(self, thing: Person | Group) -> None:
        """A thing is gone."""


class Company:
    """People and groups, and all that can happen to them.

    Deterministic: the same seed and the same calls give the same ids and times.

    Attributes:
        events: What was done, oldest first.
        now: The company's clock; each change moves it on by `pace`.
    """

    def __init__(self, seed: int = 1) -> None:
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        self.projections: list[Projection] = []
        self.events: list[Event] = []
        self.now = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)
        self.pace = timedelta(seconds=1, microseconds=1001)
        self._random = random.Random(seed)
        self._event_ids = random.Random(-seed)
        self._numbers = count(1)
        self._revisions = count(1)

    @classmethod
    def made_up(
        cls, people: int = 40, groups: int = 6, memberships: int = 90, seed: int = 1
    ) -> Company:
        """A company of a given size. Every seventh group is a member of the first."""
        company = cls(seed)
        staff = [company.hire() for _ in range(people)]
        for person in staff[1:]:
            person.manager = staff[0] if person.number % 5 else None
        teams = [company.found(f"Team {number:02d}") for number in range(1, groups + 1)]
        company.groups[teams[0].id].members += teams[6::7]
        pairs = [(team, person) for team in teams for person in staff]
        nested = len(teams[0].members)
        for team, person in company._random.sample(pairs, memberships - nested):
            team.members.append(person)
        return company

    def serve(self, projection: Projection) -> None:
        """Let a projection serve the company, from now on."""
        self.projections.append(projection)
        for thing in self.things():
            projection.saved(thing)

    def things(self) -> Iterator[Person | Group]:
        yield from self.people.values()
        yield from self.groups.values()

    # What can happen

    def hire(self, *, active: bool = True) -> Person:
        number = next(self._numbers)
        given, family = self._random.choice(_GIVEN), self._random.choice(_FAMILY)
        trade = self._random.randrange(len(_DEPARTMENTS))
        person = Person(
            id=self._id(),
            number=number,
            given=given,
            family=family,
            email=f"person{number:05d}@example.com",
            title=_TITLES[trade],
            department=_DEPARTMENTS[trade],
            private_email=f"home{number:05d}@example.net" if number % 3 == 0 else None,
            phone=f"+1-555-{number:07d}" if number % 4 == 0 else None,
            active=active,
        )
        self.people[person.id] = person
        self._save(person)
        self._happened("added_to_organization", "user", person.id)
        return person

    def rename(self, person: Person, family: str) -> None:
        person.family = family
        self._save(person)

    def suspend(self, person: Person) -> None:
        person.active = False
        self._save(person)
        self._happened("changed_permission", "user", person.id)

    def remove(self, person: Person) -> None:
        """Someone leaves: out of every group, then out of the company."""
        for group in self.groups_of(person):
            self.leave(group, person)
        del self.people[person.id]
        for other in self.people.values():
            if other.manager is person:
                other.manager = None
                self._save(other)
        for projection in self.projections:
            projection.dropped(person)
        self._happened("removed_from_organization", "user", person.id)

    def found(self, name: str) -> Group:
        group = Group(id=self._id(), number=next(self._numbers), name=name)
        self.groups[group.id] = group
        self._save(group)
        return group

    def close(self, group: Group) -> None:
        for outer in self.groups_of(group):
            self.leave(outer, group)
        del self.groups[group.id]
        for projection in self.projections:
            projection.dropped(group)

    def join(self, group: Group, member: Person | Group) -> None:
        group.members.append(member)
        self._save(group)
        self._happened("resource_access_updated", "permission", group.id)

    def leave(self, group: Group, member: Person | Group) -> None:
        group.members.remove(member)
        self._save(group)
        self._happened("resource_access_updated", "permission", group.id)

    def empty(self, group: Group) -> None:
        group.members.clear()
        self._save(group)

    # What is so

    def groups_of(self, member: Person | Group) -> list[Group]:
        return [group for group in self.groups.values() if member in group.members]

    def memberships(self) -> Iterator[tuple[Group, Person | Group]]:
        for group in self.groups.values():
            for member in group.members:
                yield group, member

    def _happened(self, action: str, target_type: str, target: str) -> None:
        number = len(self.events) + 1
        actor = next(iter(self.people), target)
        self.events.append(
            Event(self._id(self._event_ids), number, self.now, actor, action, target_type, target)
        )

    def _save(self, thing: Person | Group) -> None:
        self.now += self.pace
        thing.created = thing.created or self.now
        thing.changed = self.now
        thing.revision = next(self._revisions)
        for projection in self.projections:
            projection.saved(thing)

    def _id(self, source: random.Random | None = None) -> str:
        return "".join((source or self._random).choices(_ALPHABET, k=27))
