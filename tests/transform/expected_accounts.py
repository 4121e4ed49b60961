"""Who and what can hold access, computed from the company alone: it shares nothing with the SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.kinde import ids as kinde_ids
from sandbox.zitadel import ids as zitadel_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.company import Company
    from sandbox.model import Person


@dataclass(frozen=True)
class Account:
    """What the model says of an account."""

    account_id: str
    account_type: str
    display_name: str
    email: str | None
    email_trust: str
    status: str
    last_activity_state: str
    mfa_status: str


def accounts(company: Company) -> set[Account]:
    """All accounts of all systems."""
    return {*people(company), *machines(company)}


def people(company: Company) -> Iterator[Account]:
    """Everybody has an account in each system."""
    audited = {event.actor for event in company.events}
    for person in company.people.values():
        signed_in = "known" if person.signed_in else "never"
        seen = "known" if person.signed_in else "unknown"
        told = {
            f"kinde/user/{kinde_ids.user_id(person)}": (
                "verified" if person.signed_in else "unverified", signed_in, mfa(person)
            ),
            f"logto/user/{person.id}": ("asserted", signed_in, mfa(person)),
            f"rudderstack/user/{person.id}": (
                "asserted", "known" if person.id in audited else "unknown", "unknown"
            ),
            f"zitadel/user/{zitadel_ids.user_id(person)}": (
                "verified" if zitadel_ids.is_email_verified(person) else "unverified", seen,
                mfa(person),
            ),
        }  # fmt: skip
        for account, (trust, state, factors) in told.items():
            system, _, _ = account.partition("/")
            status = "active" if person.is_active_in(system) else "suspended"
            yield Account(
                account, "human", person.name, person.email, trust, status, state, factors
            )


def mfa(person: Person) -> str:
    return "enabled" if person.factors else "disabled"


def machines(company: Company) -> Iterator[Account]:
    """Machines are applications, and service accounts in ZITADEL."""
    used = {each.application for each in company.access.sign_ins if not each.person}
    for machine in zitadel_ids.machines(company.access.applications.values()):
        seen = "known" if machine in used else "unknown"
        for account, kind, state in (
            (f"kinde/application/{kinde_ids.application_id(machine)}", "application", "unknown"),
            (f"logto/application/{machine.id}", "application", seen),
            (f"zitadel/user/{zitadel_ids.user_id(machine)}", "service", seen),
        ):
            yield Account(
                account, kind, machine.name, None, "none", "active", state, "not applicable"
            )
