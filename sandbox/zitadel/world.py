"""The instance as it is now: organizations, users, and what people have."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from sandbox.zitadel import ids
from sandbox.zitadel.records import (
    Domain,
    Idp,
    Link,
    Metadata,
    Org,
    OrgDomain,
    Record,
    SignedIn,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.company import Company
    from sandbox.model import Application, Organization, Person, Provider, Thing
    from sandbox.zitadel.account import Account

_R = TypeVar("_R", bound=Record)


class People:
    """One state of the instance. Tables are made when they are asked for.

    `places` tells when each thing was written last: tables are in that order.
    """

    def __init__(self, company: Company, places: Mapping[str, int], account: Account) -> None:
        self.company, self.account = company, account
        self.now = company.now
        self.revision = max(places.values(), default=0)
        self._places = dict(places)

    def place(self, thing: Thing) -> int:
        return self._places.get(thing.id, 0)

    # Organizations

    @cached_property
    def orgs(self) -> list[Org]:
        opened = list(self.company.access.organizations.values())
        return self._in_place([self._home(), *(self._org(each) for each in opened)])

    def _home(self) -> Org:
        founded, domain = self.company.founded, ids.primary_domain(ids.HOME_NAME)
        return Org(
            id=ids.HOME, owner=ids.HOME, created=founded, changed=founded, place=-1,
            seen_in=(ids.HOME,), name=ids.HOME_NAME, domain=domain,
            domains=(Domain(name=domain, verified=True, primary=True),),
            metadata={}, thing=None,
        )  # fmt: skip

    def _org(self, thing: Organization) -> Org:
        identifier = ids.organization_id(thing)
        domain = ids.primary_domain(thing.name)
        more = [
            Domain(name=name, verified=number % 2 == 0) for number, name in enumerate(thing.domains)
        ]
        return Org(
            id=identifier, owner=identifier, created=thing.created, changed=thing.changed,
            place=self.place(thing), sequence=thing.revision, seen_in=(identifier,),
            name=thing.name, domain=domain,
            domains=(Domain(name=domain, verified=True, primary=True), *more),
            metadata=ids.organization_metadata(thing), thing=thing,
        )  # fmt: skip

    @cached_property
    def org_by_id(self) -> dict[str, Org]:
        return {org.id: org for org in self.orgs}

    @cached_property
    def org_domains(self) -> dict[str, list[OrgDomain]]:
        return {
            org.id: [
                OrgDomain(
                    id=domain.name, owner=org.id, created=org.created, changed=org.changed,
                    place=org.place, seen_in=(org.id,), domain=domain,
                )
                for domain in org.domains
            ]
            for org in self.orgs
        }  # fmt: skip

    @cached_property
    def org_metadata(self) -> dict[str, list[Metadata]]:
        return {org.id: _metadata(org, org.metadata) for org in self.orgs}

    # Users

    @cached_property
    def users(self) -> list[User]:
        memberships = ids.owning_memberships(self.company)
        owners = {
            person: ids.organization_id(member.organization)
            for person, member in memberships.items()
        }
        people = list(self.company.people.values())
        humans = [self._human(person, owners.get(person.id, ids.HOME)) for person in people]
        return self._in_place([*humans, *(self._machine(each) for each in self.machines)])

    @cached_property
    def machines(self) -> list[Application]:
        return ids.machines(list(self.company.access.applications.values()))

    def _human(self, person: Person, owner: str) -> User:
        return User(
            id=ids.user_id(person), owner=owner, created=person.created, changed=person.changed,
            place=self.place(person), sequence=person.revision, seen_in=(owner,),
            username=person.email, display_name=person.name, person=person,
            metadata=ids.user_metadata(person),
        )  # fmt: skip

    def _machine(self, application: Application) -> User:
        return User(
            id=ids.user_id(application), owner=ids.HOME, created=application.created,
            changed=application.changed, place=self.place(application),
            sequence=application.revision, seen_in=(ids.HOME,),
            username=ids.machine_name(application), display_name=application.name,
            machine=application,
        )  # fmt: skip

    @cached_property
    def user_by_id(self) -> dict[str, User]:
        return {user.id: user for user in self.users}

    def user_of(self, holder: Person | Application) -> User | None:
        return self.user_by_id.get(ids.user_id(holder))

    @cached_property
    def caller(self) -> User | None:
        """The user who asks."""
        return self.user_of(self.machines[0]) if self.machines else None

    def metadata_of(self, user: User) -> list[Metadata]:
        return _metadata(user, user.metadata)

    def links_of(self, user: User) -> list[Link]:
        found = []
        for number, each in enumerate(list(user.person.identities) if user.person else []):
            if idp := self._idp_by_thing.get(each.provider.id):
                found.append(
                    Link(
                        id=idp.id, owner=user.owner, created=each.created, changed=each.created,
                        place=number, seen_in=user.seen_in, user=user, provider=idp,
                        subject=each.subject,
                    )
                )  # fmt: skip
        return found

    @cached_property
    def sessions(self) -> list[SignedIn]:
        return [
            SignedIn(
                id=ids.session_id(session), owner=user.owner, created=session.created,
                changed=session.changed, place=session.number, sequence=session.number,
                seen_in=user.seen_in, thing=session, user=user,
            )
            for user in self.users if user.person
            for session in list(user.person.sessions)
        ]  # fmt: skip

    # Identity providers

    @cached_property
    def idps(self) -> list[Idp]:
        """All but the last belong to the instance; the last belongs to home."""
        kinds = ("social", "enterprise")
        found = [p for p in list(self.company.access.providers.values()) if p.kind in kinds]
        owners = [ids.INSTANCE] * (len(found) - 1) + [ids.HOME]
        return self._in_place([self._idp(*each) for each in zip(found, owners, strict=False)])

    def _idp(self, provider: Provider, owner: str) -> Idp:
        return Idp(
            id=ids.provider_id(provider), owner=owner, created=provider.created,
            changed=provider.changed, place=self.place(provider), sequence=provider.revision,
            seen_in=(owner,), thing=provider,
        )  # fmt: skip

    @cached_property
    def _idp_by_thing(self) -> dict[str, Idp]:
        return {idp.thing.id: idp for idp in self.idps}

    @staticmethod
    def _in_place(records: list[_R]) -> list[_R]:
        return sorted(records, key=_place)


def _place(record: Record) -> int:
    return record.place


def _metadata(of: Org | User, values: dict[str, str]) -> list[Metadata]:
    return [
        Metadata(
            id=key, owner=of.owner, created=of.created, changed=of.changed, place=of.place,
            sequence=of.sequence, seen_in=of.seen_in, of=of.id, key=key, value=value,
        )
        for key, value in values.items()
    ]  # fmt: skip
