"""Who has access to what in a ZITADEL instance.

What the company's roles come to at the first API are project roles, held in the organization
of the membership, for the project is granted to each organization with members. What tenant-wide
roles come to at the second API are project roles at home, which owns the projects. Nothing in
the company deactivates an authorization, or anything that one depends on: all are in force.

The tap reads as the first machine, which is IAM_OWNER_VIEWER for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.model import Person
from sandbox.zitadel import ids
from tests.zitadel.expected_shared import naive, people_memberships

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.model import Api, Application, Assignment, Membership, Organization, Role
    from tests.transform.access_facts import SourceAccess


def collect(company: Company, found: SourceAccess) -> None:
    """State all access. ZITADEL says of each since when."""
    for person in company.people.values():
        found.accounts[_user(found, person)] = person.is_active_in("zitadel")
    for machine in ids.machines(company.access.applications.values()):
        found.accounts[_user(found, machine)] = True
    _project_roles(company, found)
    _administrators_of_all(company, found)
    _owners(company, found)
    _groups(company, found)


def _user(found: SourceAccess, holder: Person | Application) -> str:
    return found.id("user", ids.user_id(holder))


def _project_roles(company: Company, found: SourceAccess) -> None:
    access, apis = company.access, ids.projects(company)
    for api in apis[:1]:
        for member in people_memberships(company):
            organization = ids.organization_id(member.organization)
            _authorize(found, member, organization, api, member.roles)
    for api in apis[1:2]:
        for role in access.roles.values():
            for assignment in access.holders_of(role):
                _authorize(found, assignment, ids.HOME, api, [role])


def _authorize(
    found: SourceAccess,
    held: Membership | Assignment,
    organization: str,
    api: Api,
    roles: list[Role],
) -> None:
    """Somebody may do at an API what any of the roles permits there."""
    for permission in {each for role in roles for each in role.permissions if each.api is api}:
        found.grant(
            _user(found, held.holder),
            found.id("project_role", ids.project_id(api), permission.name),
            found.id("organization", organization),
            granted_at=naive(held.created),
        )


def _administrators_of_all(company: Company, found: SourceAccess) -> None:
    """Who reads, and the first three people, by their order: since they are there."""
    tenant = found.id("tenant")
    machines = ids.machines(company.access.applications.values())
    holders: list[tuple[Person | Application, str, str]] = [
        (machine, "IAM_OWNER_VIEWER", tenant) for machine in machines[:1]
    ]
    people = list(company.people.values())
    holders += [(person, "IAM_OWNER", tenant) for person in people[:1]]
    for api in ids.projects(company)[:1]:
        project = ids.project_id(api)
        scope = found.id("project", project)
        holders += [(person, "PROJECT_OWNER", scope) for person in people[1:2]]
        if granted := _granted(company):
            first = min(granted, key=lambda each: (each.created, ids.organization_id(each)))
            scope = found.id("project_grant", project, ids.organization_id(first))
            holders += [(person, "PROJECT_GRANT_OWNER", scope) for person in people[2:3]]
    for holder, role, scope in holders:
        since = naive(holder.created)
        found.grant(_user(found, holder), found.id("admin_role", role), scope, granted_at=since)


def _granted(company: Company) -> list[Organization]:
    """The organizations that the first project is granted to: those with any members."""
    access = company.access
    return [each for each in access.organizations.values() if access.memberships.get(each.id)]


def _owners(company: Company, found: SourceAccess) -> None:
    """Whoever holds the role of that name administers the organization."""
    for member in people_memberships(company):
        if any(role.name == "owner" for role in member.roles):
            found.grant(
                _user(found, member.holder),
                found.id("admin_role", "ORG_OWNER"),
                found.id("organization", ids.organization_id(member.organization)),
                granted_at=naive(member.created),
            )


def _groups(company: Company, found: SourceAccess) -> None:
    """Home has all groups. They hold people only, and all for as long as the group exists."""
    for group, member in company.memberships():
        if isinstance(member, Person):
            found.grant(
                _user(found, member),
                found.id("group", ids.group_id(group)),
                found.id("organization", ids.HOME),
                granted_at=naive(group.created),
            )
