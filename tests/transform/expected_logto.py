"""Who has access to what in a Logto tenant.

Roles of the tenant give scopes at the tenant. Organization roles give scopes, and
organization scopes, in the organization where they are held. What opens an application opens
it where it is held itself, and for people only. An application that is not closed is open to
everybody, which is no access to speak of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.model import Person

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.model import Application, Membership, Organization, Role
    from tests.transform.access_facts import Fact, SourceAccess

    Opener = Person | Role | Organization | tuple[Organization, Role]


def collect(company: Company, found: SourceAccess) -> None:
    """State all access. Logto says of none since when."""
    access = company.access
    for person in company.people.values():
        found.accounts[_account(found, person)] = person.is_active_in("logto")
        for entitlement in _opened_by(company, found, person):
            found.grant(_account(found, person), entitlement, found.id("tenant"))
    for application in access.applications.values():
        if application.kind == "machine":
            found.accounts[_account(found, application)] = True
    for role in access.roles_of("tenant"):
        for each in access.holders_of(role):
            _tenant_role(company, found, role, each.holder)
    for organization in access.organizations.values():
        for member in (*access.people_of(organization), *access.applications_of(organization)):
            _membership(company, found, member)


def _account(found: SourceAccess, holder: Person | Application) -> str:
    return found.id("user" if isinstance(holder, Person) else "application", holder.id)


def _tenant_role(
    company: Company, found: SourceAccess, role: Role, holder: Person | Application
) -> None:
    held = found.grant(_account(found, holder), found.id("role", role.id), found.id("tenant"))
    for permission in role.permissions:
        found.imply(held, found.id("scope", permission.id))
    _open(company, found, held, holder, role)


def _membership(company: Company, found: SourceAccess, member: Membership) -> None:
    holder, organization = member.holder, member.organization
    account, place = _account(found, holder), found.id("organization", organization.id)
    joined = found.grant(account, found.id("membership"), place)
    _open(company, found, joined, holder, organization)
    for role in member.roles:
        held = found.grant(account, found.id("organization_role", role.id), place)
        for permission in role.permissions:
            kind = "scope" if permission.api else "organization_scope"
            found.imply(held, found.id(kind, permission.id))
        _open(company, found, held, holder, (organization, role))


def _open(
    company: Company,
    found: SourceAccess,
    held: Fact,
    holder: Person | Application,
    opener: Opener,
) -> None:
    """What a person holds opens applications to that person."""
    for entitlement in _opened_by(company, found, opener) if isinstance(holder, Person) else ():
        found.imply(held, entitlement)


def _opened_by(company: Company, found: SourceAccess, opener: Opener) -> list[str]:
    """Access to the applications that are closed to all but, among others, whom this names."""
    return [
        found.id("application_access", application.id)
        for application in company.access.applications.values()
        if opener in (application.allowed or ())
    ]
