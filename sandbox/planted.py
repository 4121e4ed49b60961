"""What an access review is to find in the company: planted, and named here.

`plant` adds it to a company before the company is served; `plant_later` is what happens between
two looks. Both say what they did, so that a demo can tell, and a test can look for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from sandbox.company import SECOND, Company
from sandbox.model import Application, Factor, Identity, Membership, Person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.access import Access
    from sandbox.model import Organization, Role

ALL = ("kinde", "logto", "zitadel")
"""Systems that know roles."""
PARTNER = "partner.example"
"""Where people of another organization have their addresses."""


@dataclass(frozen=True)
class Planted:
    """Something for a review to find.

    Attributes:
        control: The id of the question that finds it.
        holder: Whose accounts it is about.
        systems: Where it is to be found.
        story: A sentence about it.
    """

    control: str
    holder: Person | Application
    systems: tuple[str, ...]
    story: str


def grown(now: datetime | None = None) -> Company:
    """A company of the usual size that has grown for two months, up to a moment: now."""
    begin = (now or datetime.now(timezone.utc)) - timedelta(days=62)
    company = Company.made_up(begin=begin, pace=timedelta(hours=5, microseconds=1001))
    company.pace = SECOND
    return company


def plant(company: Company) -> list[Planted]:
    """Add what a review is to find. No projection may serve the company yet."""
    return [
        *_dormant_administrator(company),
        *_administrator_without_mfa(company),
        *_leaver(company),
        *_way_around_sso(company),
        *_guest(company),
        *_forgotten_machine(company),
    ]


def plant_later(company: Company) -> Iterator[Planted]:
    """What happens later: a new administrator, and one who leaves but for one account."""
    yield _new_owner(company)
    yield _half_gone(company)


def _dormant_administrator(company: Company) -> Iterator[Planted]:
    first, *_ = company.access.organizations.values()
    with company.ago(timedelta(days=400)):
        person = company.hire()
        _administrate(company.access, person, first)
        _add_second_factor(company, person)
    with company.ago(timedelta(days=200)):
        company.access.credential(person, "forgotten", ends=False)
        company.access.sign_in(_portal(company), person)
    story = f"{person.name} administers, and has not signed in for 200 days"
    yield Planted("dormant", person, ALL, story)
    yield Planted("privileged-access", person, ALL, f"{person.name} administers")
    story = f"A key of {person.name} has not been used for 200 days either"
    yield Planted("credential-unused", person, ("kinde",), story)


def _administrator_without_mfa(company: Company) -> Iterator[Planted]:
    first, *_ = company.access.organizations.values()
    with company.ago(timedelta(days=30)):
        person = company.hire()
        person.has_password = True
        _administrate(company.access, person, first)
    company.access.sign_in(_portal(company), person)
    story = f"{person.name} administers with a password alone"
    yield Planted("privileged-without-mfa", person, ALL, story)


def _leaver(company: Company) -> Iterator[Planted]:
    """Also with a key that outlives the account at Logto."""
    _, second, *_ = company.access.organizations.values()
    with company.ago(timedelta(days=300)):
        person = company.hire()
        company.access.add_member(second, person, _role(company, "owner"))
        company.access.credential(person, "laptop", ends=False)
        company.save(person)
    with company.ago(timedelta(days=5)):
        company.access.sign_in(_portal(company), person)
    company.suspend(person, but_in=("zitadel",))
    story = f"{person.name} has left, and is still active in ZITADEL"
    yield Planted("leaver-with-access", person, ("zitadel",), story)
    story = f"{person.name} is suspended, and still has access on paper"
    yield Planted("suspended-with-access", person, ("kinde", "logto"), story)
    story = f"{person.name} is suspended, and a key of theirs is not"
    yield Planted("credential-of-inactive", person, ("logto",), story)


def _way_around_sso(company: Company) -> Iterator[Planted]:
    """Somebody of an enterprise connection's domain."""
    _, second, *_ = company.access.organizations.values()
    [saml] = [each for each in company.access.providers.values() if each.protocol == "saml"]
    person = company.hire(domain=saml.domains[0])
    person.has_password = True
    company.access.add_member(second, person, _role(company, "member"))
    identity = company.new(Identity, provider=saml, subject=f"saml-{person.number}")
    identity.created = company.now
    person.identities.append(identity)
    _add_second_factor(company, person)
    company.access.sign_in(_portal(company), person)
    story = f"{person.name} is to sign in through {saml.name}, and has a password too"
    yield Planted("outside-sso", person, ALL, story)


def _guest(company: Company) -> Iterator[Planted]:
    _, second, *_ = company.access.organizations.values()
    person = company.hire(domain=PARTNER)
    company.access.add_member(second, person, _role(company, "guest"))
    _add_second_factor(company, person)
    company.access.sign_in(_portal(company), person)
    story = f"{person.name} is of {PARTNER}, and a member of {second.name}"
    yield Planted("external-access", person, ("kinde", "logto"), story)


def _forgotten_machine(company: Company) -> Iterator[Planted]:
    access = company.access
    with company.ago(timedelta(days=400)):
        machine = access.add(Application, name="Legacy sync", kind="machine")
        access.credential(machine, "first", ends=False)
        access.credential(machine, "second", ends=True)
        access.assign(_role(company, "exporter"), machine)
        company.save(machine)
    story = f"A key of {machine.name} never expires"
    yield Planted("credential-never-expires", machine, ("logto", "zitadel"), story)
    story = f"Another key of {machine.name} expired long ago"
    yield Planted("credential-expired", machine, ("logto", "zitadel"), story)
    yield Planted("service-without-owner", machine, ALL, f"Nobody answers for {machine.name}")


def _new_owner(company: Company) -> Planted:
    owner = _role(company, "owner")
    member = next(
        each for each in _members(company) if [role.name for role in each.roles] == ["member"]
    )
    company.access.entitle(member, *member.roles, owner)
    person = _person(member)
    story = f"{person.name} was made {owner.name} of {member.organization.name}"
    return Planted("new-privileged", person, ALL, story)


def _half_gone(company: Company) -> Planted:
    member = next(
        each for each in reversed([*_members(company)]) if [r.name for r in each.roles] == ["owner"]
    )
    person = _person(member)
    company.suspend(person, but_in=("zitadel",))
    story = f"{person.name} left the company, and stayed active in ZITADEL"
    return Planted("leaver-with-access", person, ("zitadel",), story)


def _members(company: Company) -> Iterator[Membership]:
    """Memberships of active people."""
    access = company.access
    for organization in access.organizations.values():
        for member in access.people_of(organization):
            if _person(member).active:
                yield member


def _person(member: Membership) -> Person:
    assert isinstance(member.holder, Person)  # noqa: S101
    return member.holder


def _administrate(access: Access, person: Person, organization: Organization) -> None:
    """Make somebody an administrator wherever there are any."""
    access.assign(_role(access.company, "admin"), person)
    access.add_member(organization, person, _role(access.company, "owner"))


def _add_second_factor(company: Company, person: Person) -> None:
    factor = company.new(Factor, kind="totp")
    factor.created = company.now
    person.factors.append(factor)
    company.save(person)


def _role(company: Company, name: str) -> Role:
    return next(each for each in company.access.roles.values() if each.name == name)


def _portal(company: Company) -> Application:
    return next(each for each in company.access.applications.values() if each.name == "Portal")
