"""What a warehouse must hold of a Kinde environment, computed from the company alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.kinde import ids
from tests.kinde.expected_opt_in import OPT_IN
from tests.kinde.expected_shared import (
    Row,
    Tables,
    connection_row,
    exact,
    home,
    memberships,
    memberships_of,
    organization_row,
    own_identities,
    permission_row,
    place,
    roles_held,
    roles_known,
    seconds,
    signed_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.company import Company

TYPES = {"machine": "m2m", "web": "reg", "saml": "reg", "spa": "spa", "native": "device"}


def users(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        yield {
            "id": ids.user_id(person),
            "provided_id": ids.provided_id(person),
            "email": person.email,
            "phone": person.phone,
            "username": ids.username(person),
            "first_name": person.given,
            "last_name": person.family,
            "is_suspended": not person.is_active_in("kinde"),
            "picture": ids.picture(person),
            "created_on": exact(person.created),
            **signed_in(company, person),
        }


def user_identities(company: Company) -> Iterator[Row]:
    """Addresses, numbers and names of their own, and accounts elsewhere."""
    for person in company.people.values():
        rows = [(kind, value, "none") for kind, value in own_identities(person)]
        for each in person.identities:
            kind = "social" if each.provider.kind == "social" else "enterprise"
            rows.append((kind, each.subject, ids.connection_id(each.provider)))
        for kind, identity, connection in rows:
            yield {
                "user_id": ids.user_id(person),
                "type": kind,
                "identity": identity,
                "connection_id": connection,
            }


def user_organizations(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        for member in memberships_of(company, person):
            yield place(member, person)


def organizations(company: Company) -> Iterator[Row]:
    for organization in company.access.organizations.values():
        yield organization_row(company, organization)


def organization_users(company: Company) -> Iterator[Row]:
    for member, person in memberships(company):
        code = ids.organization_code(member.organization)
        at_home = home(company, person) == code
        yield {
            "org_code": code,
            "id": ids.user_id(person),
            "email": person.email,
            "full_name": f"{person.given} {person.family}",
            "first_name": person.given,
            "last_name": person.family,
            "picture": ids.picture(person),
            "joined_on": seconds(member.created),
            "last_accessed_on": seconds(person.signed_in) if at_home else None,
            "is_suspended": not person.is_active_in("kinde"),
            "roles": [ids.role_key(role) for role in roles_held(member)],
        }


def roles(company: Company) -> Iterator[Row]:
    for role in roles_known(company):
        yield {
            "id": ids.role_id(role),
            "key": ids.role_key(role),
            "name": role.name,
            "description": role.description,
            "is_default_role": role.is_default,
        }


def role_users(company: Company) -> Iterator[Row]:
    for member, person in memberships(company):
        for role in member.roles:
            yield {"role_id": ids.role_id(role), **place(member, person)}


def role_permissions(company: Company) -> Iterator[Row]:
    for role in roles_known(company):
        for permission in role.permissions:
            yield {"role_id": ids.role_id(role), **permission_row(permission)}


def permissions(company: Company) -> Iterator[Row]:
    return map(permission_row, company.access.permissions.values())


def applications(company: Company) -> Iterator[Row]:
    for each in company.access.applications.values():
        yield {"id": ids.application_id(each), "name": each.name, "type": TYPES[each.kind]}


def apis(company: Company) -> Iterator[Row]:
    for api in company.access.apis.values():
        known = sorted(company.access.permissions_of(api), key=ids.scope_id)
        yield {
            "id": ids.api_id(api),
            "name": api.name,
            "audience": api.identifier,
            "is_management_api": api.is_default,
            "scopes": [{"id": ids.scope_id(each), "key": each.name} for each in known],
        }


def connections(company: Company) -> Iterator[Row]:
    return map(connection_row, company.access.providers.values())


TABLES: Tables = {
    "users": (users, ("id",)),
    "user_identities": (user_identities, ("user_id", "type", "identity", "connection_id")),
    "user_organizations": (user_organizations, ("user_id", "org_code")),
    "organizations": (organizations, ("code",)),
    "organization_users": (organization_users, ("org_code", "id")),
    "roles": (roles, ("id",)),
    "role_users": (role_users, ("role_id", "user_id", "org_code")),
    "role_permissions": (role_permissions, ("role_id", "id")),
    "permissions": (permissions, ("id",)),
    "applications": (applications, ("id",)),
    "apis": (apis, ("id",)),
    "connections": (connections, ("id",)),
    **OPT_IN,
}
"""Of each table, its rows and its key, in the order in which the tap reads them."""
DEFAULT = tuple(table for table in TABLES if table not in OPT_IN)
