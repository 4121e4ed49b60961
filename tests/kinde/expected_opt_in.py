"""What a warehouse must hold of a Kinde environment if all streams are read.

What only the emulated server makes up, such as its own permissions, is stated once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.kinde import ids
from sandbox.model import Role
from tests.kinde.expected_shared import (
    Row,
    Tables,
    connection_row,
    exact,
    home,
    memberships,
    organization_row,
    own_identities,
    permission_row,
    place,
    roles_held,
    roles_known,
    scope_row,
    seconds,
    signed_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.company import Company
    from sandbox.model import Api, Application, Person

SYSTEM = {
    "org:read:billing": ("Read billing", "May read the organization's billing"),
    "org:update:billing": ("Update billing", "May update the organization's billing"),
    "org:read:members": ("Read members", "May read the organization's members"),
    "org:update:members": ("Update members", "May update the organization's members"),
    "org:read:profile": ("Read profile", "May read the organization's profile"),
    "org:update:profile": ("Update profile", "May update the organization's profile"),
}
FACTORS = {"totp": "authenticator_app", "webauthn": "passkey"}


# Users


def user_sign_ins(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        if person.signed_in:
            yield {"user_id": ids.user_id(person), **signed_in(company, person)}


def user_properties(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        for key, value in (("department", person.department), ("title", person.title)):
            yield {"user_id": ids.user_id(person), "key": key, "value": value}


def user_api_scopes(company: Company) -> Iterator[Row]:
    """Every fifth person may do all that the first API knows, in the home organization."""
    api = next(iter(company.access.apis.values()))
    for person in company.people.values():
        code = home(company, person)
        for permission in company.access.permissions_of(api):
            if person.number % 5 == 0 and code:
                yield {
                    "user_id": ids.user_id(person),
                    "org_code": code,
                    "api_id": ids.api_id(api),
                    "scope": permission.name,
                }


def user_identity_details(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        elsewhere = not person.has_password and bool(person.identities)
        used = {
            "last_login_on": seconds(person.signed_in),
            "total_logins": signed_in(company, person)["total_sign_ins"],
        }
        unused: Row = {"last_login_on": None, "total_logins": 0}
        shared = {"user_id": ids.user_id(person), "email": person.email}
        for kind, name in own_identities(person):
            yield {
                **shared, "id": ids.own_identity_id(person, kind), "type": kind, "name": name,
                "connection_id": None, "is_primary": True, "created_on": seconds(person.created),
                "is_confirmed": kind == "email" and person.signed_in is not None,
                **(used if kind == "email" and not elsewhere else unused),
            }  # fmt: skip
        for number, identity in enumerate(person.identities):
            social = identity.provider.kind == "social"
            yield {
                **shared, "id": ids.identity_id(identity), "name": identity.subject,
                "type": "social" if social else "enterprise", "is_primary": None,
                "connection_id": ids.connection_id(identity.provider),
                "created_on": seconds(identity.created), "is_confirmed": None if social else True,
                **(used if elsewhere and number == 0 else unused),
            }  # fmt: skip


def user_sessions(company: Company) -> Iterator[Row]:
    """Those that have not ended."""
    mail = next(p for p in company.access.providers.values() if p.kind == "email")
    for person in company.people.values():
        elsewhere = not person.has_password and person.identities
        through = person.identities[0].provider if elsewhere else mail
        for session in person.sessions:
            if session.expires > company.now:
                yield {
                    "user_id": ids.user_id(person),
                    "session_id": ids.session_id(session),
                    "org_code": home(company, person),
                    "client_id": ids.application_id(session.application),
                    "connection_id": ids.connection_id(through),
                    "started_on": exact(session.created),
                    "updated_on": seconds(session.changed),
                    "expires_on": exact(session.expires),
                    "initial_ip_address": session.ip,
                    "last_ip_address": session.ip,
                    "initial_user_agent": session.user_agent,
                    "last_user_agent": session.user_agent,
                }


def _factor(person: Person) -> Iterator[Row]:
    """The first that is no backup code."""
    for factor in [each for each in person.factors if each.kind != "backup_code"][:1]:
        yield {
            "id": ids.factor_id(factor),
            "type": FACTORS[factor.kind],
            "name": factor.name or person.email,
            "is_verified": True,
            "usage_count": 1 if factor.used else 0,
            "created_on": exact(factor.created),
            "last_used_on": exact(factor.used),
        }


def user_mfa(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        for row in _factor(person):
            yield {"user_id": ids.user_id(person), **row}


# Organizations


def organization_details(company: Company) -> Iterator[Row]:
    for organization in company.access.organizations.values():
        yield {
            **organization_row(company, organization),
            "allowed_domains": organization.domains,
            "is_allow_registrations": None,
            "is_suspended": False,
            "suspended_on": None,
            "sender_name": organization.name,
            "sender_email": None,
            "created_on": seconds(organization.created),
        }


def organization_user_permissions(company: Company) -> Iterator[Row]:
    """All permissions of the roles held there, each with the roles that it comes through."""
    for member, person in memberships(company):
        for permission in {p.id: p for role in member.roles for p in role.permissions}.values():
            yield {
                **place(member, person),
                **permission_row(permission),
                "roles": [
                    {"id": ids.role_id(role), "key": ids.role_key(role)}
                    for role in roles_held(member)
                    if permission in role.permissions
                ],
            }


def organization_user_mfa(company: Company) -> Iterator[Row]:
    for member, person in memberships(company):
        for row in _factor(person):
            yield {**place(member, person), **row}


def organization_invites(company: Company) -> Iterator[Row]:
    for invitation in company.access.invitations.values():
        guest, accepted = invitation.accepted, invitation.status == "accepted"
        yield {
            "org_code": ids.organization_code(invitation.organization),
            "id": ids.invite_id(invitation),
            "email": invitation.email,
            "first_name": guest.given if guest else None,
            "last_name": guest.family if guest else None,
            "full_name": guest.name if guest else invitation.email,
            "is_sent": True,
            "is_revoked": invitation.status == "revoked",
            "accepted_on": seconds(invitation.changed) if accepted else None,
            "created_on": seconds(invitation.created),
            "roles": [
                {"key": ids.role_key(role), "name": role.name}
                for role in sorted(invitation.roles, key=ids.role_key)
            ],
        }


def organization_connections(company: Company) -> Iterator[Row]:
    for organization in company.access.organizations.values():
        for provider in organization.joining_through:
            code = ids.organization_code(organization)
            yield {"org_code": code, **connection_row(provider)}


def directories(company: Company) -> Iterator[Row]:
    """Where a second factor is needed, the directory is out of order."""
    for organization in company.access.organizations.values():
        for provider in organization.joining_through:
            identifier = ids.directory_id(organization, provider)
            fails, last = organization.needs_mfa, seconds(organization.changed)
            yield {
                "id": identifier,
                "directory_name": f"{organization.name} {provider.name}",
                "directory_endpoint_id": identifier.replace("directory_", "ksde_"),
                "status": "Error" if fails else "Active",
                "organization_code": ids.organization_code(organization),
                "enterprise_connection_id": ids.connection_id(provider),
                "enterprise_connection_name": provider.name,
                "last_sync_started_at": last,
                "last_sync_completed_at": None if fails else last,
                "last_sync_error": "Connection timeout" if fails else None,
                "created_on": seconds(organization.created),
            }


# Roles, applications, APIs


def role_scopes(company: Company) -> Iterator[Row]:
    for role in roles_known(company):
        for permission in role.permissions:
            if permission.api:
                yield {
                    "role_id": ids.role_id(role),
                    **scope_row(permission),
                    "api_id": ids.api_id(permission.api),
                }


def _system_permission(key: str) -> Row:
    name, description = SYSTEM[key]
    identifier = ids.system_permission_id(key)
    return {"id": identifier, "key": key, "name": name, "description": description}


def role_system_permissions(company: Company) -> Iterator[Row]:
    """A role with so many permissions has as many of these, as far as they go."""
    for role in roles_known(company):
        for key in list(SYSTEM)[: len(role.permissions)]:
            yield {"role_id": ids.role_id(role), **_system_permission(key)}


def system_permissions(company: Company) -> Iterator[Row]:
    return map(_system_permission, SYSTEM)


def application_access_roles(company: Company) -> Iterator[Row]:
    known = roles_known(company)
    for application in company.access.applications.values():
        for role in [each for each in application.allowed or () if each in known]:
            assert isinstance(role, Role)
            yield {
                "application_id": ids.application_id(application),
                "id": ids.role_id(role),
                "key": ids.role_key(role),
                "name": role.name,
                "description": role.description,
            }


def application_connections(company: Company) -> Iterator[Row]:
    """All but the enterprise ones, which organizations bring; none for machines."""
    for application in company.access.applications.values():
        for provider in company.access.providers.values():
            if application.kind != "machine" and provider.kind != "enterprise":
                identifier = ids.application_id(application)
                yield {"application_id": identifier, **connection_row(provider)}


def _may_call(company: Company, machine: Application, api: Api) -> bool:
    access = company.access
    held = [kept[machine.id].role for kept in access.assignments.values() if machine.id in kept]
    for kept in access.memberships.values():
        held += kept[machine.id].roles if machine.id in kept else []
    return any(permission.api is api for role in held for permission in role.permissions)


def api_applications(company: Company) -> Iterator[Row]:
    for api in company.access.apis.values():
        for machine in company.access.applications.values():
            if machine.kind == "machine":
                yield {
                    "api_id": ids.api_id(api),
                    "id": ids.application_id(machine),
                    "name": machine.name,
                    "type": "Machine to machine (M2M)",
                    "is_active": _may_call(company, machine, api),
                }


def api_scopes(company: Company) -> Iterator[Row]:
    for permission in company.access.permissions.values():
        if permission.api:
            yield {"api_id": ids.api_id(permission.api), **scope_row(permission)}


def api_keys(company: Company) -> Iterator[Row]:
    """A key opens the first API, with its first scope; those without an end are in use."""
    api = next(iter(company.access.apis.values()))
    for person in company.people.values():
        for token in person.tokens:
            ended = token.expires is not None and token.expires <= company.now
            used = None if token.expires else seconds(person.signed_in)
            yield {
                "id": ids.api_key_id(token),
                "name": token.name,
                "type": "user",
                "status": "inactive" if ended else "active",
                "key_prefix": "kinde_",
                "key_suffix": token.value[-4:],
                "created_by": person.name,
                "created_on": seconds(token.created),
                "last_verified_on": used,
                "last_verified_ip": "192.0.2.7" if used else None,
                "api_ids": [ids.api_id(api)],
                "scopes": [company.access.permissions_of(api)[0].name],
            }


OPT_IN: Tables = {
    "user_sign_ins": (user_sign_ins, ("user_id",)),
    "user_properties": (user_properties, ("user_id", "key")),
    "user_api_scopes": (user_api_scopes, ("user_id", "org_code", "api_id", "scope")),
    "user_identity_details": (user_identity_details, ("user_id", "id")),
    "user_sessions": (user_sessions, ("user_id", "session_id")),
    "user_mfa": (user_mfa, ("user_id", "id")),
    "organization_details": (organization_details, ("code",)),
    "organization_user_permissions":
        (organization_user_permissions, ("org_code", "user_id", "id")),
    "organization_user_mfa": (organization_user_mfa, ("org_code", "user_id", "id")),
    "organization_invites": (organization_invites, ("org_code", "id")),
    "organization_connections": (organization_connections, ("org_code", "id")),
    "role_scopes": (role_scopes, ("role_id", "id")),
    "role_system_permissions": (role_system_permissions, ("role_id", "id")),
    "system_permissions": (system_permissions, ("id",)),
    "application_access_roles": (application_access_roles, ("application_id", "id")),
    "application_connections": (application_connections, ("application_id", "id")),
    "api_applications": (api_applications, ("api_id", "id")),
    "api_scopes": (api_scopes, ("api_id", "id")),
    "directories": (directories, ("id",)),
    "api_keys": (api_keys, ("id",)),
}  # fmt: skip
