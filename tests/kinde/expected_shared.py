"""How the made-up company looks in any table of a Kinde environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.kinde import ids
from sandbox.model import Person, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from sandbox.company import Company
    from sandbox.model import Membership, Organization, Permission, Provider, SignIn

Row = dict[str, Any]
Tables = dict[str, tuple["Callable[[Company], Iterable[Row]]", tuple[str, ...]]]

STRATEGIES = {
    "github": "oauth2:github", "google": "oauth2:google", "smtp": "email:otp",
    "Example SAML": "saml:custom", "Example OIDC": "oidc:custom",
}  # fmt: skip


def exact(moment: datetime | None) -> datetime | None:
    """A time as PostgreSQL's timestamp without time zone holds it, in UTC."""
    return moment.replace(tzinfo=None) if moment else None


def seconds(moment: datetime | None) -> datetime | None:
    """Of a time that is told in whole seconds."""
    return moment.replace(tzinfo=None, microsecond=0) if moment else None


def memberships_of(company: Company, person: Person) -> list[Membership]:
    """The longest held first."""
    held = [
        memberships[person.id]
        for memberships in company.access.memberships.values()
        if person.id in memberships
    ]
    return sorted(held, key=lambda member: member.number)


def memberships(company: Company) -> Iterator[tuple[Membership, Person]]:
    """All that people hold."""
    for organization in company.access.organizations.values():
        for member in company.access.people_of(organization):
            assert isinstance(member.holder, Person)
            yield member, member.holder


def home(company: Company, person: Person) -> str | None:
    """Where a person signs in: the organization the person is in for longest."""
    held = memberships_of(company, person)
    return ids.organization_code(held[0].organization) if held else None


def place(member: Membership, person: Person) -> Row:
    return {"org_code": ids.organization_code(member.organization), "user_id": ids.user_id(person)}


def attempts(company: Company, person: Person) -> list[SignIn]:
    return [each for each in company.access.sign_ins if each.person is person]


def signed_in(company: Company, person: Person) -> Row:
    """When, where and how often."""
    outcomes = [each.succeeded for each in attempts(company, person)]
    failures = outcomes[::-1].index(True) if True in outcomes else len(outcomes)
    code, told = home(company, person), None
    if person.signed_in and code:
        text = f"{person.signed_in:%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".")
        told = [{"org_code": code, "last_signed_in": f"{text}+00:00"}]
    return {
        "last_signed_in": exact(person.signed_in),
        "total_sign_ins": sum(outcomes),
        "failed_sign_ins": failures,
        "last_organization_sign_ins": told,
    }


def roles_held(member: Membership) -> list[Role]:
    return sorted(member.roles, key=ids.role_key)


def roles_known(company: Company) -> list[Role]:
    """Those of people in organizations are the only ones that Kinde has."""
    return company.access.roles_of("organization", "person")


def permission_row(permission: Permission) -> Row:
    return {
        "id": ids.permission_id(permission),
        "key": permission.name,
        "name": permission.name,
        "description": permission.description,
    }


def connection_row(provider: Provider) -> Row:
    return {
        "id": ids.connection_id(provider),
        "name": provider.name.lower().replace(" ", "_"),
        "display_name": provider.name,
        "strategy": STRATEGIES[provider.name],
    }


def organization_row(company: Company, organization: Organization) -> Row:
    first = next(iter(company.access.organizations.values()))
    return {
        "code": ids.organization_code(organization),
        "name": organization.name,
        "handle": ids.organization_handle(organization),
        "is_default": organization is first,
        "external_id": ids.organization_external_id(organization),
        "is_auto_membership_enabled": organization.domains != [],
    }


def scope_row(permission: Permission) -> Row:
    return {
        "id": ids.scope_id(permission),
        "key": permission.name,
        "description": permission.description,
    }


def own_identities(person: Person) -> list[tuple[str, str]]:
    """Kind and value of those that are not accounts elsewhere."""
    named = (("email", person.email), ("phone", person.phone), ("username", ids.username(person)))
    return [(kind, value) for kind, value in named if value]
