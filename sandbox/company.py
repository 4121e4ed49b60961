"""A made-up company: people, groups, and who belongs to what.

It is the truth that tests compare a warehouse with. Whoever serves it (a projection)
is told of each change, once for each thing that changed.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from itertools import count
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sandbox.access import Access
from sandbox.made_up import Size, populate
from sandbox.model import Event, Group, Person, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Company", "Event", "Group", "Person", "Projection"]

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
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"

DOMAIN = "example.com"
"""Where people of the company have their addresses."""
BEGIN = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)
"""When things begin to happen in a company, unless it is told otherwise."""
SECOND = timedelta(seconds=1, microseconds=1001)
"""A second and a bit, so that no two moments look alike, however they are rounded."""

_T = TypeVar("_T", bound=Thing)


class Projection(Protocol):
    """Who serves the company."""

    def saved(self, thing: Thing) -> None:
        """A thing is new, or has changed."""

    def dropped(self, thing: Thing) -> None:
        """A thing is gone."""


class Company:
    """People and groups, and all that can happen to them.

    Deterministic: the same seed and the same calls give the same ids and times.

    Attributes:
        access: Organizations, roles, applications, and who has access to what.
        events: What was done, oldest first.
        now: The company's clock; each change moves it on by `pace`.
        founded: When its tenants were set up, before anything happened in them.
    """

    def __init__(self, seed: int = 1, *, begin: datetime = BEGIN, pace: timedelta = SECOND) -> None:
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        self.projections: list[Projection] = []
        self.events: list[Event] = []
        self.now, self.pace = begin, pace
        self.founded = begin - timedelta(minutes=1)
        self.random = random.Random(seed)
        self._event_ids = random.Random(-seed)
        self._numbers = count(1)
        self._revisions = count(1)
        self.access = Access(self)

    @classmethod
    def made_up(
        cls,
        people: int = 40,
        groups: int = 6,
        memberships: int = 90,
        seed: int = 1,
        size: Size | None = None,
        **clock: Any,
    ) -> Company:
        """A company of a given size. Every seventh group is a member of the first.

        `clock` is what `Company` takes: `begin` and `pace`.
        """
        company = cls(seed, **clock)
        staff = [company.hire() for _ in range(people)]
        for person in staff[1:]:
            person.manager = staff[0] if person.number % 5 else None
        teams = [company.found(f"Team {number:02d}") for number in range(1, groups + 1)]
        company.groups[teams[0].id].members += teams[6::7]
        pairs = [(team, person) for team in teams for person in staff]
        nested = len(teams[0].members)
        for team, person in company.random.sample(pairs, memberships - nested):
            team.members.append(person)
        populate(company.access, size or Size())
        return company

    def serve(self, projection: Projection) -> None:
        """Let a projection serve the company, from now on."""
        self.projections.append(projection)
        for thing in self.things():
            projection.saved(thing)

    def things(self) -> Iterator[Thing]:
        yield from self.people.values()
        yield from self.groups.values()
        yield from self.access.things()

    # What can happen

    def hire(self, *, active: bool = True, prefix: str = "", domain: str = DOMAIN) -> Person:
        """Someone comes; the id begins with `prefix`, the address is in `domain`."""
        given, family = self.random.choice(_GIVEN), self.random.choice(_FAMILY)
        trade = self.random.randrange(len(_DEPARTMENTS))
        person = self.new(
            Person,
            given=given,
            family=family,
            email="",
            title=_TITLES[trade],
            department=_DEPARTMENTS[trade],
            active=active,
        )
        person.id = prefix + person.id[len(prefix) :]
        number = person.number
        person.email = f"person{number:05d}@{domain}"
        person.private_email = f"home{number:05d}@example.net" if number % 3 == 0 else None
        person.phone = f"+1-555-{number:07d}" if number % 4 == 0 else None
        person.has_password = number % 10 != 0
        self.people[person.id] = person
        self.save(person)
        self._happened("added_to_organization", "user", person.id)
        return person

    def rename(self, person: Person, family: str) -> None:
        person.family = family
        self.save(person)

    def suspend(self, person: Person, *, but_in: Iterable[str] = ()) -> None:
        """Someone's accounts are switched off, but for those in systems that were forgotten."""
        person.active, person.left_active_in = False, frozenset(but_in)
        self.save(person)
        self._happened("changed_permission", "user", person.id)

    def remove(self, person: Person) -> None:
        """Someone leaves: out of every group and organization, then out of the company."""
        for group in self.groups_of(person):
            self.leave(group, person)
        self.access.forget(person)
        del self.people[person.id]
        for other in self.people.values():
            if other.manager is person:
                other.manager = None
                self.save(other)
        self.drop(person)
        self._happened("removed_from_organization", "user", person.id)

    def found(self, name: str) -> Group:
        group = self.new(Group, name=name)
        self.groups[group.id] = group
        self.save(group)
        return group

    def close(self, group: Group) -> None:
        for outer in self.groups_of(group):
            self.leave(outer, group)
        del self.groups[group.id]
        self.drop(group)

    def join(self, group: Group, member: Person | Group) -> None:
        group.members.append(member)
        self.save(group)
        self._happened("resource_access_updated", "permission", group.id)

    def leave(self, group: Group, member: Person | Group) -> None:
        group.members.remove(member)
        self.save(group)
        self._happened("resource_access_updated", "permission", group.id)

    def empty(self, group: Group) -> None:
        group.members.clear()
        self.save(group)

    # What is so

    def groups_of(self, member: Person | Group) -> list[Group]:
        return [group for group in self.groups.values() if member in group.members]

    def memberships(self) -> Iterator[tuple[Group, Person | Group]]:
        for group in self.groups.values():
            for member in group.members:
                yield group, member

    # How it is kept

    @contextmanager
    def ago(self, age: timedelta) -> Iterator[None]:
        """What happens inside happened that long ago. No projection may serve the company yet."""
        now = self.now
        self.now -= age
        self.founded = min(self.founded, self.now - timedelta(minutes=1))
        yield
        self.now = now
        self.events.sort(key=attrgetter("at"))
        self.access.sign_ins.sort(key=attrgetter("at"))

    def new(self, kind: type[_T], /, **fields: Any) -> _T:
        """A thing with an id and a number of its own, not yet saved."""
        return kind(id=self.new_id(), number=next(self._numbers), **fields)

    def new_id(self, source: random.Random | None = None) -> str:
        return "".join((source or self.random).choices(_ALPHABET, k=12))

    def save(self, thing: Thing) -> None:
        """Time passes, a thing is new or has changed, and all who serve it are told."""
        self.now += self.pace
        if not thing.revision:
            thing.created = self.now
        thing.changed = self.now
        thing.revision = next(self._revisions)
        for projection in self.projections:
            projection.saved(thing)

    def drop(self, thing: Thing) -> None:
        """A thing is gone, and all who served it are told."""
        for projection in self.projections:
            projection.dropped(thing)

    def _happened(self, action: str, target_type: str, target: str) -> None:
        number = len(self.events) + 1
        actor = next(iter(self.people), target)
        identifier = self.new_id(self._event_ids)
        self.events.append(Event(identifier, number, self.now, actor, action, target_type, target))
