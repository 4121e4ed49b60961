"""Who has access to what in a Kinde environment.

Kinde has the company's roles of people in organizations, and no others; people hold no others
there. Each gives its
permissions, those at an API also as scopes of that API, as many system permissions as it has
permissions, as far as they go, and the applications that it opens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.kinde import ids
from tests.kinde.expected_opt_in import SYSTEM
from tests.kinde.expected_shared import home, memberships, seconds

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.model import Api, Application, Permission, Person, Role
    from tests.transform.access_facts import Fact, SourceAccess


def collect(company: Company, found: SourceAccess) -> None:
    """State all access. Machines hold nothing but access to APIs."""
    for person in company.people.values():
        found.accounts[_user(found, person)] = person.is_active_in("kinde")
    _memberships(company, found)
    _scopes_of_their_own(company, found)
    for machine in company.access.applications.values():
        if machine.kind == "machine":
            account = found.id("application", ids.application_id(machine))
            found.accounts[account] = True
            for api in company.access.apis.values():
                found.grant(
                    account,
                    found.id("api_access", ids.api_id(api)),
                    found.id("tenant"),
                    inactive=not _may_call(company, machine, api),
                )


def _user(found: SourceAccess, person: Person) -> str:
    return found.id("user", ids.user_id(person))


def _memberships(company: Company, found: SourceAccess) -> None:
    """Only of a membership Kinde says since when."""
    for member, person in memberships(company):
        user = _user(found, person)
        organization = found.id("organization", ids.organization_code(member.organization))
        joined = seconds(member.created)
        found.grant(user, found.id("membership"), organization, granted_at=joined)
        for role in member.roles:
            held = found.grant(user, found.id("role", ids.role_id(role)), organization)
            _through(company, found, role, held)


def _through(company: Company, found: SourceAccess, role: Role, held: Fact) -> None:
    for permission in role.permissions:
        found.imply(held, found.id("permission", ids.permission_id(permission)))
        if permission.api:
            found.imply(held, _scope(found, permission.api, permission))
    for key in list(SYSTEM)[: len(role.permissions)]:
        found.imply(held, found.id("system_permission", ids.system_permission_id(key)))
    for application in company.access.applications.values():
        if role in (application.allowed or ()):
            found.imply(held, found.id("application_access", ids.application_id(application)))


def _scope(found: SourceAccess, api: Api, permission: Permission) -> str:
    return found.id("scope", ids.api_id(api), permission.name)


def _scopes_of_their_own(company: Company, found: SourceAccess) -> None:
    """Every fifth person may do all that the first API knows, in the home organization."""
    for api in list(company.access.apis.values())[:1]:
        for person in company.people.values():
            code = home(company, person)
            if person.number % 5 == 0 and code:
                for permission in company.access.permissions_of(api):
                    found.grant(
                        _user(found, person),
                        _scope(found, api, permission),
                        found.id("organization", code),
                    )


def _may_call(company: Company, machine: Application, api: Api) -> bool:
    """Whether any role that the machine holds, anywhere in the company, has to do with the API."""
    access = company.access
    held = [
        each.role
        for role in access.roles.values()
        for each in access.holders_of(role)
        if each.holder is machine
    ]
    for organization in access.organizations.values():
        for member in access.applications_of(organization):
            held += member.roles if member.holder is machine else []
    return any(permission.api is api for role in held for permission in role.permissions)
