"""What a warehouse must hold of projects, and of who may do and proves what with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zitadel import ids
from tests.zitadel.expected_shared import (
    Row,
    chief,
    dates,
    keys_at,
    naive,
    people_memberships,
    server_of,
    user_owner,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.company import Company
    from sandbox.model import Application, Assignment, Credential, Membership, Organization, Person

PROVIDERS = {"github": "GITHUB", "google": "GOOGLE"}
METHODS = {"web": "BASIC", "spa": "NONE", "native": "NONE"}
TYPES = {"web": "WEB", "spa": "USER_AGENT", "native": "NATIVE"}
GRANTS = ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE", "OIDC_GRANT_TYPE_REFRESH_TOKEN"]


def projects(company: Company) -> Iterator[Row]:
    for api in ids.projects(company):
        yield {
            "id": ids.project_id(api),
            "organization_id": ids.HOME,
            "name": api.name,
            "state": "PROJECT_STATE_ACTIVE",
            "project_role_assertion": api.number % 2 == 1,
            "authorization_required": api.number % 3 == 0,
            "project_access_required": api.number % 5 == 0,
            "private_labeling_setting": "PRIVATE_LABELING_SETTING_UNSPECIFIED",
            **dates(api),
        }


def project_roles(company: Company) -> Iterator[Row]:
    for permission in company.access.permissions.values():
        if permission.api is not None:
            yield {
                "project_id": ids.project_id(permission.api),
                "key": permission.name,
                "display_name": permission.description or "",
                "role_group": "",
                **dates(permission),
            }


def granted(company: Company) -> list[Organization]:
    """The organizations that the first project is granted to: those with memberships."""
    memberships = company.access.memberships
    return [each for each in company.access.organizations.values() if memberships.get(each.id)]


def project_grants(company: Company) -> Iterator[Row]:
    project = chief(company)
    for organization in granted(company):
        yield {
            "project_id": ids.project_id(project),
            "project_name": project.name,
            "organization_id": ids.HOME,
            "granted_organization_id": ids.organization_id(organization),
            "granted_organization_name": organization.name,
            "granted_role_keys": sorted(p.name for p in company.access.permissions_of(project)),
            "state": "PROJECT_GRANT_STATE_ACTIVE",
            **dates(organization),
        }


def authorizations(company: Company) -> Iterator[Row]:
    """One for each membership of a person, at the first project, and for each tenant-wide role of
    anybody, at the second; but only where the roles come to any of the project's."""
    owners = user_owner(company)
    first, second = ids.projects(company)[:2]
    for member in people_memberships(company):
        keys = keys_at(company, member.roles, first)
        organization = ids.organization_id(member.organization)
        if keys:
            row = _authorization(member, organization, ids.project_id(first), keys)
            yield {**row, "user_organization_id": owners[member.holder.id]}
    for held in _assignments(company):
        if keys := keys_at(company, [held.role], second):
            row = _authorization(held, ids.HOME, ids.project_id(second), keys)
            yield {**row, "user_organization_id": owners.get(held.holder.id, ids.HOME)}


def _assignments(company: Company) -> list[Assignment]:
    return [held for each in company.access.assignments.values() for held in each.values()]


def _authorization(
    held: Membership | Assignment, organization: str, project: str, keys: list[str]
) -> Row:
    return {
        "id": ids.authorization_id(held),
        "user_id": ids.user_id(held.holder),
        "organization_id": organization,
        "project_id": project,
        "project_organization_id": ids.HOME,
        "state": "STATE_ACTIVE",
        "role_keys": keys,
        **dates(held),
    }


def authorization_roles(company: Company) -> Iterator[Row]:
    shared = ("user_id", "organization_id", "project_id", "state")
    for row in authorizations(company):
        for key in row["role_keys"]:
            about = {name: row[name] for name in shared}
            yield {"authorization_id": row["id"], "role_key": key, **about}


def administrators(company: Company) -> Iterator[Row]:
    """Who asks (the first machine), three of the staff, and whoever owns an organization."""
    account, people = server_of(company).account, list(company.people.values())
    machine = ids.machines(company.access.applications.values())[0]
    if account.role == "IAM_OWNER_VIEWER":
        yield _administrator(machine, ids.HOME, account.role, "instance", "instance")
    for identifier in account.member_of if account.role == "ORG_OWNER_VIEWER" else ():
        about = {"organization_id": identifier}
        role, kind = account.role, "organization"
        yield {**_administrator(machine, ids.HOME, role, kind, identifier), **about}
    owners = user_owner(company)
    project = ids.project_id(chief(company))
    oldest = min(granted(company), key=lambda each: (each.created, ids.organization_id(each)))
    to = ids.organization_id(oldest)
    at_home = {"organization_id": ids.HOME, "project_id": project}
    for person, role, kind, identifier, about in (
        (people[0], "IAM_OWNER", "instance", "instance", {}),
        (people[1], "PROJECT_OWNER", "project", project, at_home),
        (
            people[2], "PROJECT_GRANT_OWNER", "project_grant", f"{project}/{to}",
            {**at_home, "granted_organization_id": to},
        ),
    ):  # fmt: skip
        row = _administrator(person, owners[person.id], role, kind, identifier)
        yield {**row, **about}
    for member in people_memberships(company):
        if any(role.name == "owner" for role in member.roles):
            identifier = ids.organization_id(member.organization)
            owner = owners[member.holder.id]
            row = _administrator(member.holder, owner, "ORG_OWNER", "organization", identifier)
            yield {**row, "organization_id": identifier, **dates(member)}


def _administrator(
    holder: Person | Application, owner: str, role: str, kind: str, identifier: str
) -> Row:
    return {
        "user_id": ids.user_id(holder),
        "user_organization_id": owner,
        "resource_type": kind,
        "resource_id": identifier,
        "organization_id": None,
        "project_id": None,
        "granted_organization_id": None,
        "roles": [role],
        **dates(holder),
    }


def applications(company: Company) -> Iterator[Row]:
    for each in company.access.applications.values():
        state = "ACTIVE" if ids.is_application_active(each) else "INACTIVE"
        yield {
            "id": ids.application_id(each),
            "project_id": ids.project_id(chief(company)),
            "name": each.name,
            "state": f"APPLICATION_STATE_{state}",
            **_configured(each),
            **dates(each),
        }


def _configured(each: Application) -> Row:
    client = ids.client_id(each)
    row: Row = {
        "type": "saml", "client_id": None, "auth_method_type": None, "application_type": None,
        "redirect_uris": [], "grant_types": [],
    }  # fmt: skip
    if each.kind == "machine":
        method = "BASIC" if each.number % 2 else "PRIVATE_KEY_JWT"
        method = f"API_AUTH_METHOD_TYPE_{method}"
        return {**row, "type": "api", "client_id": client, "auth_method_type": method}
    if each.kind == "saml":
        return row
    return {
        "type": "oidc",
        "client_id": client,
        "auth_method_type": f"OIDC_AUTH_METHOD_TYPE_{METHODS[each.kind]}",
        "application_type": f"OIDC_APP_TYPE_{TYPES[each.kind]}",
        "redirect_uris": [f"https://apps.example/{each.number}/callback"],
        "grant_types": GRANTS,
    }


def personal_access_tokens(company: Company) -> Iterator[Row]:
    """People's tokens are those of machine users, who take turns."""
    machines = ids.machines(company.access.applications.values())
    for person in company.people.values():
        for token in person.tokens:
            owner = ids.user_id(ids.token_owner(machines, token))
            about = {"user_id": owner, "organization_id": ids.HOME}
            row = {"id": ids.access_token_id(token), **about, **_lifetime(token)}
            yield {**row, "change_date": naive(token.created)}


def machine_keys(company: Company) -> Iterator[Row]:
    for machine in ids.machines(company.access.applications.values()):
        for key in machine.secrets:
            about = {"user_id": ids.user_id(machine), "organization_id": ids.HOME}
            row = {"id": ids.machine_key_id(key), **about, **_lifetime(key)}
            yield {**row, "change_date": naive(key.created)}


def application_keys(company: Company) -> Iterator[Row]:
    project = ids.project_id(chief(company))
    for application in company.access.applications.values():
        for key in application.secrets:
            about = {"application_id": ids.application_id(application), "project_id": project}
            row = {"id": ids.application_key_id(key), **about, "organization_id": ids.HOME}
            yield {**row, **_lifetime(key)}


def _lifetime(credential: Credential) -> Row:
    ends = credential.expires or ids.FOREVER
    return {"expiration_date": naive(ends), "creation_date": naive(credential.created)}


def identity_providers(company: Company) -> Iterator[Row]:
    """All but the last belong to the instance; what sends e-mail is none."""
    providers = company.access.providers.values()
    found = [each for each in providers if each.kind != "email"]
    for each in found:
        at_home = each is found[-1]
        kind = PROVIDERS.get(each.name, each.protocol.upper())
        yield {
            "id": ids.provider_id(each),
            "organization_id": ids.HOME if at_home else ids.INSTANCE,
            "name": each.name,
            "type": f"PROVIDER_TYPE_{kind}",
            "owner": f"IDP_OWNER_TYPE_{'ORG' if at_home else 'SYSTEM'}",
            "state": "IDP_STATE_ACTIVE",
            "is_linking_allowed": True,
            "is_creation_allowed": each.kind == "social",
            "is_auto_creation": False,
            "is_auto_update": True,
            **dates(each),
        }


TABLES = {
    "projects": (projects, ("id",)),
    "project_roles": (project_roles, ("project_id", "key")),
    "project_grants": (project_grants, ("project_id", "granted_organization_id")),
    "authorizations": (authorizations, ("id",)),
    "authorization_roles": (authorization_roles, ("authorization_id", "role_key")),
    "administrators": (administrators, ("user_id", "resource_type", "resource_id")),
    "applications": (applications, ("id",)),
    "personal_access_tokens": (personal_access_tokens, ("id",)),
    "machine_keys": (machine_keys, ("id",)),
    "application_keys": (application_keys, ("id",)),
    "identity_providers": (identity_providers, ("id",)),
}
"""Of each table, its rows and its key."""
