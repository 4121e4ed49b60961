"""The company as Kinde knows it: things by the ids that Kinde gives them.

Kinde has one kind of role, which is held in an organization. The company's roles of people in
organizations are served as such; its roles all over the tenant, and those of applications,
do not exist there. All permissions of the company are Kinde's, whether of an API or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sandbox.kinde import ids
from sandbox.model import Person

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.company import Company
    from sandbox.model import (
        Api,
        Application,
        Credential,
        Membership,
        Organization,
        Permission,
        Provider,
        Role,
        SignIn,
        Thing,
    )


@dataclass(frozen=True)
class Login:
    """A way in which a person may sign in: Kinde's identity.

    Attributes:
        name: What the person is called there: an address, a number, a subject.
        confirmed: None where Kinde does not say: for social identities.
    """

    id: str
    kind: str
    name: str
    email: str
    provider: Provider | None
    created: datetime
    confirmed: bool | None
    primary: bool | None


class Known:
    """The company at one moment; what was looked up is kept.

    Lists are copied before they are walked: a test may change the company meanwhile.
    """

    def __init__(self, company: Company) -> None:
        self.company = company
        self.access = company.access

    @cached_property
    def people(self) -> dict[str, Person]:
        return {ids.user_id(each): each for each in list(self.company.people.values())}

    @cached_property
    def organizations(self) -> dict[str, Organization]:
        kept = list(self.access.organizations.values())
        return {ids.organization_code(each): each for each in kept}

    @cached_property
    def roles(self) -> dict[str, Role]:
        kept = [
            role
            for role in list(self.access.roles.values())
            if role.level == "organization" and role.holder == "person"
        ]
        return {ids.role_id(each): each for each in kept}

    @cached_property
    def permissions(self) -> dict[str, Permission]:
        return {ids.permission_id(each): each for each in list(self.access.permissions.values())}

    @cached_property
    def applications(self) -> dict[str, Application]:
        return {ids.application_id(each): each for each in list(self.access.applications.values())}

    @cached_property
    def apis(self) -> dict[str, Api]:
        return {ids.api_id(each): each for each in list(self.access.apis.values())}

    @cached_property
    def connections(self) -> dict[str, Provider]:
        return {ids.connection_id(each): each for each in list(self.access.providers.values())}

    @cached_property
    def api_keys(self) -> dict[str, tuple[Person, Credential]]:
        return {
            ids.api_key_id(token): (person, token)
            for person in self.people.values()
            for token in list(person.tokens)
        }

    @cached_property
    def memberships(self) -> dict[str, list[Membership]]:
        """Of each person, by the person's own id; the longest held first."""
        found: dict[str, list[Membership]] = {}
        for organization in self.organizations.values():
            for member in self.memberships_in(organization):
                found.setdefault(member.holder.id, []).append(member)
        for memberships in found.values():
            memberships.sort(key=lambda member: member.number)
        return found

    @cached_property
    def sign_ins(self) -> dict[str, list[SignIn]]:
        """Of each person, by the person's own id; oldest first."""
        found: dict[str, list[SignIn]] = {}
        for sign_in in list(self.access.sign_ins):
            if sign_in.person is not None:
                found.setdefault(sign_in.person.id, []).append(sign_in)
        return found

    def memberships_in(self, organization: Organization) -> list[Membership]:
        memberships = list(self.access.memberships.get(organization.id, {}).values())
        return [member for member in memberships if isinstance(member.holder, Person)]

    def held(self, member: Membership) -> list[Role]:
        """The roles that a member holds, in the order of their keys."""
        held = {role.id for role in member.roles}
        served = [role for role in self.roles.values() if role.id in held]
        return sorted(served, key=ids.role_key)

    def home(self, person: Person) -> Organization | None:
        """Where a person signs in: the organization the person is in for longest."""
        memberships = self.memberships.get(person.id)
        return memberships[0].organization if memberships else None

    def successes(self, person: Person) -> int:
        return sum(sign_in.succeeded for sign_in in self.sign_ins.get(person.id, []))

    def failures(self, person: Person) -> int:
        """How often signing in has failed since it last succeeded."""
        count = 0
        for sign_in in self.sign_ins.get(person.id, []):
            count = 0 if sign_in.succeeded else count + 1
        return count

    def logins(self, person: Person) -> list[Login]:
        """The address, the telephone number, the username, and the accounts elsewhere."""
        own = {"email": person.email, "phone": person.phone, "username": ids.username(person)}
        logins = [
            Login(
                id=ids.own_identity_id(person, kind), kind=kind, name=name, email=person.email,
                provider=None, created=person.created, primary=True,
                confirmed=kind == "email" and person.signed_in is not None,
            )
            for kind, name in own.items()
            if name
        ]  # fmt: skip
        for identity in list(person.identities):
            social = identity.provider.kind == "social"
            logins.append(
                Login(
                    id=ids.identity_id(identity), kind="social" if social else "enterprise",
                    name=identity.subject, email=person.email, provider=identity.provider,
                    created=identity.created if identity.created.tzinfo else person.created,
                    confirmed=None if social else True, primary=None,
                )
            )  # fmt: skip
        return logins

    def used(self, person: Person) -> Login:
        """How a person signs in: by address and password, or else by the first account elsewhere.

        The company does not tell, so that this is a rule of the emulator.
        """
        address, *others = self.logins(person)
        elsewhere = [login for login in others if login.provider]
        return address if person.has_password or not elsewhere else elsewhere[0]

    def connection_of(self, login: Login) -> Provider | None:
        """What a login goes through; an address goes through the connection that sends mail."""
        mail = [each for each in self.connections.values() if each.kind == "email"]
        return login.provider or (mail[0] if mail else None)


class Latest:
    """The company as it is now, looked up anew once it has changed."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._changes = 0
        self._seen: tuple[int, int] | None = None
        self._known = Known(company)
        company.serve(self)

    def saved(self, thing: Thing) -> None:
        self._changes += 1

    def dropped(self, thing: Thing) -> None:
        self._changes += 1

    def known(self) -> Known:
        stamp = (self._changes, len(self._company.access.sign_ins))
        if stamp != self._seen:
            self._seen, self._known = stamp, Known(self._company)
        return self._known
