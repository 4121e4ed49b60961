"""What a warehouse must hold of organizations, computed from the company alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.model import Application, Person, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sandbox.company import Company
    from sandbox.model import Membership, Permission

Row = dict[str, Any]

TENANT = {"tenant_id": "default"}
HOLDERS = {"person": "User", "application": "MachineToMachine"}


def millis(moment: datetime | None) -> datetime | None:
    """A time as it is after Logto cut it to milliseconds, and PostgreSQL its time zone."""
    if moment is None:
        return None
    return moment.replace(tzinfo=None, microsecond=moment.microsecond // 1000 * 1000)


def role_row(role: Role) -> Row:
    about = {"name": role.name, "description": role.description}
    return {"id": role.id, **TENANT, **about, "type": HOLDERS[role.holder]}


def scope_row(scope: Permission) -> Row:
    return {"id": scope.id, **TENANT, "name": scope.name, "description": scope.description}


def organizations(company: Company) -> Iterator[Row]:
    for organization in company.access.organizations.values():
        yield {
            "id": organization.id,
            **TENANT,
            "name": organization.name,
            "description": organization.description,
            "custom_data": {},
            "is_mfa_required": organization.needs_mfa,
            "color": {},
            "branding": {},
            "created_at": millis(organization.created),
            "users_count": len(company.access.people_of(organization)),
        }


def _memberships(company: Company, kind: type[Person | Application]) -> Iterator[Membership]:
    for memberships in company.access.memberships.values():
        yield from (member for member in memberships.values() if isinstance(member.holder, kind))


def _held(roles: list[Role]) -> list[Row]:
    return [{"id": role.id, "name": role.name} for role in roles]


def _members(kind: type[Any], column: str) -> Callable[[Company], Iterator[Row]]:
    def rows(company: Company) -> Iterator[Row]:
        for member in _memberships(company, kind):
            held = _held(sorted(member.roles, key=lambda role: role.name))
            row = {"organization_id": member.organization.id, column: member.holder.id}
            yield {**row, "organization_roles": held}

    return rows


def _member_roles(kind: type[Any], column: str) -> Callable[[Company], Iterator[Row]]:
    def rows(company: Company) -> Iterator[Row]:
        for member in _memberships(company, kind):
            for role in member.roles:
                row = {"organization_id": member.organization.id, column: member.holder.id}
                yield {**row, **_named_role(role)}

    return rows


def _named_role(role: Role) -> Row:
    return {"organization_role_id": role.id, "organization_role_name": role.name}


def organization_roles(company: Company) -> Iterator[Row]:
    return map(role_row, company.access.roles_of("organization"))


def organization_role_scopes(company: Company) -> Iterator[Row]:
    for role in company.access.roles_of("organization"):
        for scope in role.permissions:
            if scope.api is None:
                named = {"scope_id": scope.id, "scope_name": scope.name}
                yield {"organization_role_id": role.id, **named}


def organization_role_resource_scopes(company: Company) -> Iterator[Row]:
    for role in company.access.roles_of("organization"):
        for scope in role.permissions:
            if scope.api is not None:
                named = {"scope_id": scope.id, "scope_name": scope.name}
                resource = {"resource_id": scope.api.id, "resource_name": scope.api.name}
                yield {"organization_role_id": role.id, **named, **resource}


def organization_scopes(company: Company) -> Iterator[Row]:
    return map(scope_row, company.access.permissions_of(None))


def organization_invitations(company: Company) -> Iterator[Row]:
    """An invitation that is pending has expired once its time is over."""
    for each in company.access.invitations.values():
        expired = each.status == "pending" and each.expires <= company.now
        yield {
            "id": each.id,
            **TENANT,
            "inviter_id": each.inviter.id if each.inviter else None,
            "invitee": each.email,
            "accepted_user_id": each.accepted.id if each.accepted else None,
            "organization_id": each.organization.id,
            "status": "Expired" if expired else each.status.capitalize(),
            "created_at": millis(each.created),
            "updated_at": millis(each.changed),
            "expires_at": millis(each.expires),
            "organization_roles": _held(each.roles),
        }


def organization_jit_email_domains(company: Company) -> Iterator[Row]:
    for each in company.access.organizations.values():
        for domain in each.domains:
            yield {"organization_id": each.id, "email_domain": domain}


def organization_jit_roles(company: Company) -> Iterator[Row]:
    for each in company.access.organizations.values():
        for role in each.joining_roles:
            yield {"organization_id": each.id, **_named_role(role)}


def organization_jit_sso_connectors(company: Company) -> Iterator[Row]:
    for each in company.access.organizations.values():
        for provider in each.joining_through:
            connector = {"sso_connector_id": provider.id, "connector_name": provider.name}
            yield {"organization_id": each.id, **connector}


TABLES = {
    "organizations": (organizations, ("id",)),
    "organization_memberships": (_members(Person, "user_id"), ("organization_id", "user_id")),
    "organization_member_roles": (
        _member_roles(Person, "user_id"),
        ("organization_id", "user_id", "organization_role_id"),
    ),
    "organization_roles": (organization_roles, ("id",)),
    "organization_role_scopes": (organization_role_scopes, ("organization_role_id", "scope_id")),
    "organization_role_resource_scopes": (
        organization_role_resource_scopes,
        ("organization_role_id", "scope_id"),
    ),
    "organization_scopes": (organization_scopes, ("id",)),
    "organization_applications": (
        _members(Application, "application_id"),
        ("organization_id", "application_id"),
    ),
    "organization_application_roles": (
        _member_roles(Application, "application_id"),
        ("organization_id", "application_id", "organization_role_id"),
    ),
    "organization_invitations": (organization_invitations, ("id",)),
    "organization_jit_email_domains": (
        organization_jit_email_domains,
        ("organization_id", "email_domain"),
    ),
    "organization_jit_roles": (
        organization_jit_roles,
        ("organization_id", "organization_role_id"),
    ),
    "organization_jit_sso_connectors": (
        organization_jit_sso_connectors,
        ("organization_id", "sso_connector_id"),
    ),
}
"""Of each table, its rows and its key."""
