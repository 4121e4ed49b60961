"""Rows about organizations, and their members with what they may do there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.kinde import ids, times

if TYPE_CHECKING:
    from sandbox.kinde.ask import Ask
    from sandbox.model import (
        Invitation,
        Membership,
        Organization,
        Permission,
        Person,
        Provider,
        Role,
    )

Row = dict[str, Any]

_COLOURS = (
    "link_color", "background_color", "button_color", "button_text_color", "link_color_dark",
    "background_color_dark", "button_text_color_dark", "button_color_dark",
)  # fmt: skip
_BLUE = {"raw": "#0056F1", "hex": "#0056F1", "hsl": "hsl(220, 100%, 50%)"}
_IMAGES = ("logo", "logo_dark", "favicon_svg", "favicon_fallback")


def organizations(ask: Ask) -> dict[str, Organization]:
    return ask.organizations()


def organization(ask: Ask, organization: Organization) -> Row:
    """The first organization of the company is the default one."""
    first = next(iter(ask.known.organizations.values()), None)
    return {
        "code": ids.organization_code(organization),
        "name": organization.name,
        "handle": ids.organization_handle(organization),
        "is_default": organization is first,
        "external_id": ids.organization_external_id(organization),
        "is_auto_membership_enabled": bool(organization.domains),
    }


def the_organization(ask: Ask) -> dict[str, Organization]:
    ask.name({"org_code": ask.query.get("code", "")})
    return {ids.organization_code(ask.organization): ask.organization}


def organization_details(ask: Ask, organization_: Organization) -> Row:
    """Nothing of the company suspends an organization; its looks are all alike."""
    number = organization_.number
    row = {
        **organization(ask, organization_),
        **dict.fromkeys(_IMAGES),
        "allowed_domains": list(organization_.domains),
        **{name: _BLUE if name == "link_color" else None for name in _COLOURS},
        "button_border_radius": number % 10,
        "card_border_radius": number % 7,
        "input_border_radius": None,
        "theme_code": "light",
        "color_scheme": "light dark",
        "created_on": times.zulu(organization_.created),
        "is_allow_registrations": None,
        "sender_name": organization_.name,
        "sender_email": None,
        "is_suspended": False,
        "suspended_on": None,
    }
    if ask.wants("billing"):
        customer = ids.customer_id(organization_)
        agreements = [{"plan_code": "pro", "agreement_id": f"agreement_{customer[-8:]}"}]
        row["billing"] = {"billing_customer_id": customer, "agreements": agreements}
    return row


# Members


def members(ask: Ask) -> dict[str, Membership]:
    """Those with all of the roles and all of the permissions that are asked for."""
    roles, permissions = set(ask.several("roles")), set(ask.several("permissions"))
    found = {}
    for member in ask.known.memberships_in(ask.organization):
        held = ask.known.held(member)
        may = {permission.name for role in held for permission in role.permissions}
        if roles <= {ids.role_key(role) for role in held} and permissions <= may:
            found[ids.user_id(_person(member))] = member
    return found


def member(ask: Ask, member: Membership) -> Row:
    person = _person(member)
    here = ask.known.home(person) is member.organization
    return {
        "id": ids.user_id(person),
        "email": person.email,
        "full_name": person.name,
        "last_name": person.family,
        "first_name": person.given,
        "picture": ids.picture(person),
        "joined_on": times.zulu(member.created),
        "last_accessed_on": times.zulu(person.signed_in) if here else None,
        "is_suspended": not person.is_active_in("kinde"),
        "roles": [ids.role_key(role) for role in ask.known.held(member)],
    }


def member_permissions(ask: Ask) -> dict[str, tuple[Permission, list[Role]]]:
    """Each with the roles that it comes through. The company gives none directly."""
    found: dict[str, tuple[Permission, list[Role]]] = {}
    for role in ask.known.held(ask.member):
        for permission in role.permissions:
            kept = found.setdefault(ids.permission_id(permission), (permission, []))
            kept[1].append(role)
    return found


def member_permission(ask: Ask, held: tuple[Permission, list[Role]]) -> Row:
    permission, roles = held
    row: Row = {
        "id": ids.permission_id(permission),
        "key": permission.name,
        "name": permission.name,
        "description": permission.description,
    }
    if ask.wants("roles"):
        row["roles"] = [{"id": ids.role_id(role), "key": ids.role_key(role)} for role in roles]
    return row


def _person(member: Membership) -> Person:
    person: Any = member.holder
    return person  # type: ignore[no-any-return]


# Invitations and directories


def invites(ask: Ask) -> dict[str, Invitation]:
    """Those that nobody took up or took back, unless others are asked for as well."""
    shown = {"pending"}
    shown |= {"revoked"} if ask.flag("include_revoked") else set()
    shown |= {"accepted"} if ask.flag("include_accepted") else set()
    return {
        ids.invite_id(invitation): invitation
        for invitation in list(ask.known.access.invitations.values())
        if invitation.organization is ask.organization and invitation.status in shown
    }


def invite(ask: Ask, invitation: Invitation) -> Row:
    """Its code and its link let anybody join."""
    code, guest = ids.invite_code(invitation), invitation.accepted
    accepted = invitation.status == "accepted"
    return {
        "id": ids.invite_id(invitation),
        "code": code,
        "email": invitation.email,
        "first_name": guest.given if guest else None,
        "last_name": guest.family if guest else None,
        "full_name": guest.name if guest else invitation.email,
        "created_on": times.short_east(invitation.created),
        "is_sent": True,
        "accepted_on": times.short_east(invitation.changed) if accepted else None,
        "roles": [
            {"key": ids.role_key(role), "name": role.name}
            for role in sorted(invitation.roles, key=ids.role_key)
        ],
        "is_revoked": invitation.status == "revoked",
        "invite_link": f"https://example.kinde.com/team_invitation?code={code}",
    }


def directories(ask: Ask) -> dict[str, tuple[Organization, Provider]]:
    """One for each enterprise provider that an organization's people come through."""
    wanted = ask.query.get("organization_code")
    return {
        ids.directory_id(organization, provider): (organization, provider)
        for code, organization in ask.organizations().items()
        for provider in list(organization.joining_through)
        if provider.kind == "enterprise" and wanted in (None, "", code)
    }


def directory(ask: Ask, kept: tuple[Organization, Provider]) -> Row:
    """It shows its secret. Where a second factor is needed, the directory is out of order."""
    organization, provider = kept
    fails, identifier = organization.needs_mfa, ids.directory_id(organization, provider)
    return {
        "id": identifier,
        "directory_name": f"{organization.name} {provider.name}",
        "directory_endpoint_id": identifier.replace("directory", "ksde"),
        "secret_token": ids.directory_token(organization, provider),
        "status": "Error" if fails else "Active",
        "organization_code": ids.organization_code(organization),
        "enterprise_connection_id": ids.connection_id(provider),
        "enterprise_connection_name": provider.name,
        "last_sync_started_at": times.short_east(organization.changed),
        "last_sync_completed_at": None if fails else times.short_east(organization.changed),
        "last_sync_error": "Connection timeout" if fails else None,
        "created_on": times.short_east(organization.created),
    }
