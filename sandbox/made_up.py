"""A company's worth of organizations, roles, applications and credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.model import (
    Api,
    Application,
    Factor,
    Identity,
    Permission,
    Person,
    Provider,
    Role,
    Webhook,
)

if TYPE_CHECKING:
    from sandbox.access import Access


@dataclass(frozen=True)
class Size:
    """How much of it there is.

    Attributes:
        memberships: People's memberships of organizations; the last organization has none, the
            first as many as there are people, if there are any left for the others.
    """

    organizations: int = 6
    memberships: int = 60
    sign_ins: int = 40


def populate(access: Access, size: Size) -> None:
    """Organizations, roles, applications and the rest, for the people there are."""
    people = list(access.company.people.values())
    _providers(access)
    _roles(access)
    _applications(access)
    _credentials(access, people)
    for role in access.roles_of("tenant", "person")[:-1]:
        for person in people[role.number % 3 :: 2 + role.number % 5]:
            access.assign(role, person)
    _organizations(access, people, size)
    applications = [a for a in access.applications.values() if a.kind in ("web", "spa")]
    machine = next(a for a in access.applications.values() if a.kind == "machine")
    for number in range(size.sign_ins):
        if number % 4 == 3:
            access.sign_in(machine)
        elif people:
            person = people[number * 7 % len(people)]
            application = applications[number % len(applications)]
            access.sign_in(application, person, succeeded=number % 9 != 5)


def _providers(access: Access) -> None:
    for name, kind, protocol, domains in (
        ("github", "social", "oauth", []),
        ("google", "social", "oauth", []),
        ("smtp", "email", "smtp", []),
        ("Example SAML", "enterprise", "saml", ["saml.example", "old.example"]),
        ("Example OIDC", "enterprise", "oidc", ["oidc.example"]),
    ):
        provider = access.company.new(
            Provider, name=name, kind=kind, protocol=protocol, domains=domains, value=""
        )
        provider.value = f"S3CRET-{provider.id}"
        access.providers[provider.id] = provider
        access.company.save(provider)
    for name in ("audit", "crm", "retired"):
        access.add(
            Webhook, name=name, url=f"https://hooks.example/{name}", value=f"S3CRET-{name}",
            events=["User.Created", "User.Deleted"], enabled=name != "retired",
        )  # fmt: skip


def _roles(access: Access) -> None:
    orders = access.add(Api, name="Orders", identifier="https://orders.example/api")
    billing = access.add(Api, name="Billing", identifier="https://billing.example/api")
    access.add(Api, name="Empty", identifier="https://empty.example/api")
    known: dict[Api | None, list[Permission]] = {}
    for api, names in (
        (orders, [f"{verb}:orders" for verb in ("read", "write", "delete")]),
        (billing, [f"{verb}:part{n:02d}" for n in range(13) for verb in ("read", "write")]),
        (None, [f"{verb}:members" for verb in ("read", "invite", "manage", "delete")]),
    ):
        known[api] = [
            access.add(
                Permission, name=name, api=api,
                description=f"May {name}" if number % 3 else None,
            )
            for number, name in enumerate(names)
        ]  # fmt: skip
    for name, level, holder, permissions in (
        ("admin", "tenant", "person", known[orders] + known[billing]),
        ("support", "tenant", "person", known[orders][:1]),
        ("auditor", "tenant", "person", known[billing][::2]),
        ("unused", "tenant", "person", []),
        ("exporter", "tenant", "application", known[orders][:2]),
        ("idle machine", "tenant", "application", []),
        ("owner", "organization", "person", known[None] + known[orders]),
        ("member", "organization", "person", known[None][:2]),
        ("guest", "organization", "person", known[None][:1]),
        ("robot", "organization", "application", known[billing][:3]),
    ):
        access.add(
            Role, name=name, description=f"The {name} role", level=level, holder=holder,
            is_default=name == "support", permissions=list(permissions),
        )  # fmt: skip


def _applications(access: Access) -> None:
    tenant = access.permissions_of(next(iter(access.apis.values())))
    for number, (kind, name) in enumerate((
        ("machine", "Exporter"), ("machine", "Nightly job"), ("machine", "Idle job"),
        ("web", "Portal"), ("web", "Back office"), ("web", "Partner"), ("web", "Reseller"),
        ("web", "Aggregator"), ("spa", "Dashboard"), ("native", "Field app"),
        ("saml", "Wiki"),
    )):  # fmt: skip
        partner = name in ("Partner", "Reseller", "Aggregator")
        application = access.add(
            Application, name=name, kind=kind, third_party=partner,
            description=f"{name} for everybody" if number % 2 else None,
            consents=[*tenant[:2], *access.permissions_of(None)[:2]] if partner else [],
        )  # fmt: skip
        if kind in ("machine", "web"):
            access.credential(application, "first", ends=False)
        if number % 3 == 0 and application.secrets:
            access.credential(application, "rotated", ends=True)
    machines = [a for a in access.applications.values() if a.kind == "machine"]
    exporter = access.roles_of("tenant", "application")[0]
    for machine in machines[:2]:
        access.assign(exporter, machine)


def _credentials(access: Access, people: list[Person]) -> None:
    social = [p for p in access.providers.values() if p.kind == "social"]
    company = access.company
    for person in people:
        for number, provider in enumerate(social):
            if person.number % (3 + number) == 0:
                identity = company.new(
                    Identity, provider=provider, subject=f"{provider.name}-{person.number}"
                )
                identity.created = company.now
                person.identities.append(identity)
        if person.number % 6 == 0:
            for kind in ("totp", "backup_code"):
                factor = company.new(Factor, kind=kind, name=None)
                factor.created = company.now
                person.factors.append(factor)
        if person.number % 8 == 0:
            access.credential(person, "cli", ends=True)
            access.credential(person, "ci", ends=False)


def _organizations(access: Access, people: list[Person], size: Size) -> None:
    owner, member, guest = access.roles_of("organization", "person")
    robot = access.roles_of("organization", "application")[0]
    machines = [a for a in access.applications.values() if a.kind == "machine"]
    enterprise = [p for p in access.providers.values() if p.kind == "enterprise"]
    for number in range(size.organizations):
        organization = access.organization(
            f"Customer {number:03d}",
            description=f"Customer number {number}" if number % 2 else None,
            needs_mfa=number % 3 == 0,
            domains=[f"customer{number}.example", f"c{number}.example"][: number % 3],
            joining_roles=[member, guest][: (number + 1) % 3],
            joining_through=enterprise[: number % 2],
        )
        for machine in machines[: number % 3]:
            access.add_member(organization, machine, *([robot] if number % 2 else []))
    opened = list(access.organizations.values())
    places = [(organization, person) for organization in opened[:-1] for person in people]
    first = min(len(people), max(0, size.memberships - max(0, size.organizations - 2)))
    later = access.company.random.sample(
        places[len(people) :], min(size.memberships - first, len(places[len(people) :]))
    )
    portal, office, wiki = (
        next(a for a in access.applications.values() if a.name == name)
        for name in ("Portal", "Back office", "Wiki")
    )
    portal.allowed = [*people[:2], *access.roles_of("tenant", "person")[:1]]
    ruled = [(each, role) for each in opened[:1] for role in (owner, member)]
    office.allowed = [*opened[:2], *ruled]
    wiki.allowed = []
    combinations = ((), (member,), (owner,), (member, guest), (owner, member, guest))
    for number, (organization, person) in enumerate(places[:first] + later):
        access.add_member(organization, person, *combinations[number % len(combinations)])
    for number, organization in enumerate(opened[:4]):
        invitation = access.invite(organization, f"guest{number}@partner.example", member)
        if number == 1 and people:
            invitation.status, invitation.accepted = "accepted", people[-1]
        if number == 2:
            invitation.status = "revoked"
            invitation.roles = []
        if number == 3:
            invitation.expires = invitation.created
