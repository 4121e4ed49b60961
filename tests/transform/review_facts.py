"""What the findings of a review follow from: a company, looked at on a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sandbox.kinde import ids as kinde
from sandbox.model import Person
from sandbox.zitadel import ids as zitadel
from tests.transform.expected_access import SYSTEMS, access_in
from tests.transform.expected_accounts import Account, accounts
from tests.transform.expected_context import credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.company import Company
    from sandbox.model import Application, Permission, Role
    from tests.transform.access_facts import Effective, Fact, SourceAccess

LONG = timedelta(days=90)


class Key(NamedTuple):
    """A credential, as far as a vendor tells of it."""

    id: str
    account: str | None
    application: str | None
    never_expires: bool
    ends: datetime | None
    last_used: datetime | None
    is_active: bool


@dataclass
class Review:
    """A company that is looked at, and what is taken for granted.

    Everything is computed when it is asked for first: ask before the company changes.

    Attributes:
        since: Privileged access is new if it was granted after that,
        before: or was not there at an earlier look.
        internal_domains: Where the company's own people have their addresses.
    """

    company: Company
    since: datetime
    internal_domains: frozenset[str]
    before: dict[Fact, Effective] | None = None
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.company.now

    @cached_property
    def sources(self) -> dict[str, SourceAccess]:
        return {system: access_in(self.company, system) for system in SYSTEMS}

    @cached_property
    def accounts(self) -> dict[str, Account]:
        return {each.account_id: each for each in accounts(self.company)}

    @property
    def active(self) -> Iterator[Account]:
        return (each for each in self.accounts.values() if each.status == "active")

    @property
    def active_people(self) -> Iterator[Account]:
        return (each for each in self.active if each.account_type == "human")

    @cached_property
    def in_force(self) -> dict[Fact, Effective]:
        """What active accounts may do."""
        return {
            fact: how
            for source in self.sources.values()
            for fact, how in source.effective.items()
            if how.is_active and self.is_active(fact.account)
        }

    @cached_property
    def privileged(self) -> dict[Fact, Effective]:
        """What of that is privileged."""
        wanted = {*privileged_entitlements(self.company)}
        return {
            fact: how
            for fact, how in self.in_force.items()
            if fact.entitlement in wanted or fact.entitlement.split("/")[1] in ALWAYS_PRIVILEGED
        }

    @cached_property
    def granted(self) -> set[Fact]:
        """What is granted directly, and in force but for the account."""
        return {
            fact
            for source in self.sources.values()
            for fact, grant in source.grants.items()
            if not grant.inactive
        }

    @cached_property
    def keys(self) -> list[Key]:
        """All credentials that the vendors list."""
        found = []
        for row in credentials(self.company):
            name, account, application, _, ends, expiry, _, used, is_active = row
            key = (expiry == "never expires", _read(ends), _read(used), is_active)
            found.append(Key(name, account, application, *key))
        return found

    @cached_property
    def last_used(self) -> dict[str, datetime]:
        """When each account was last seen to do something; of one that never was, its creation.

        An account of which that cannot be told is left out.
        """
        return dict(_last_used(self.company))

    def is_active(self, account: str) -> bool:
        return self.accounts[account].status == "active"

    def is_person(self, account: str) -> bool:
        return self.accounts[account].account_type == "human"

    def has_ended(self, key: Key) -> bool:
        return key.ends is not None and key.ends <= self.now


def _read(moment: str | None) -> datetime | None:
    return None if moment is None else datetime.fromisoformat(moment)


ALWAYS_PRIVILEGED = ("admin_role", "system_permission")
"""All of ZITADEL's administrators, and of Kinde's own permissions."""


def privileged_entitlements(company: Company) -> Iterator[str]:
    """Roles of that name, and permissions to delete, or to manage members."""
    access = company.access
    for role in access.roles.values():
        if role.name in ("admin", "owner"):
            yield from role_ids(role)
    for each in access.permissions.values():
        if each.name.startswith(("delete:", "manage:")):
            yield from permission_ids(each)


def role_ids(role: Role) -> Iterator[str]:
    """A role as an entitlement. Kinde has those of people in organizations only."""
    if role.level == "tenant":
        yield f"logto/role/{role.id}"
        return
    yield f"logto/organization_role/{role.id}"
    if role.holder == "person":
        yield f"kinde/role/{kinde.role_id(role)}"


def permission_ids(permission: Permission) -> Iterator[str]:
    """A permission as entitlements: one without an API is none at ZITADEL."""
    yield f"kinde/permission/{kinde.permission_id(permission)}"
    if permission.api is None:
        yield f"logto/organization_scope/{permission.id}"
        return
    yield f"kinde/scope/{kinde.api_id(permission.api)}/{permission.name}"
    yield f"logto/scope/{permission.id}"
    yield f"zitadel/project_role/{zitadel.project_id(permission.api)}/{permission.name}"


def account_ids(holder: Person | Application) -> dict[str, str]:
    """The account of a person or a machine in each system that has one."""
    if isinstance(holder, Person):
        return {
            "kinde": f"kinde/user/{kinde.user_id(holder)}",
            "logto": f"logto/user/{holder.id}",
            "rudderstack": f"rudderstack/user/{holder.id}",
            "zitadel": f"zitadel/user/{zitadel.user_id(holder)}",
        }
    return {
        "kinde": f"kinde/application/{kinde.application_id(holder)}",
        "logto": f"logto/application/{holder.id}",
        "zitadel": f"zitadel/user/{zitadel.user_id(holder)}",
    }


def _last_used(company: Company) -> Iterator[tuple[str, datetime]]:
    """Kinde and Logto keep the last sign-in of a person, the others tell what is in their logs."""
    for event in company.events:  # Oldest first: the last one counts.
        yield f"rudderstack/user/{event.actor}", event.at
    for person in company.people.values():
        accounts = account_ids(person)
        for system in ("kinde", "logto"):
            yield accounts[system], person.signed_in or person.created
        if person.signed_in:
            yield accounts["zitadel"], person.signed_in
    for each in company.access.sign_ins:
        if each.person is None and each.succeeded:
            accounts = account_ids(each.application)
            yield from ((accounts[system], each.at) for system in ("logto", "zitadel"))


def utc(moment: datetime) -> datetime:
    """A moment that is told in UTC without time zone."""
    return moment.replace(tzinfo=timezone.utc)
