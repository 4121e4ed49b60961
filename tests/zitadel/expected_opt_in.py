"""What a warehouse must hold of what is read only if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zitadel import ids
from tests.zitadel.expected_shared import Row, dates, naive, server_of, user_owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.company import Company
    from sandbox.model import Organization, Person

LOGIN: Row = {
    "allow_username_password": True,
    "allow_register": True,
    "allow_external_idp": True,
    "passwordless_type": "PASSWORDLESS_TYPE_ALLOWED",
    "password_check_lifetime": "864000s",
    "external_login_check_lifetime": "864000s",
    "mfa_init_skip_lifetime": "2592000s",
    "second_factor_check_lifetime": "64800s",
    "multi_factor_check_lifetime": "43200s",
    "second_factors": ["SECOND_FACTOR_TYPE_OTP", "SECOND_FACTOR_TYPE_U2F"],
    "multi_factors": ["MULTI_FACTOR_TYPE_U2F_WITH_VERIFICATION"],
}
COMPLEXITY: Row = {
    "min_length": "8",
    "has_uppercase": True,
    "has_lowercase": True,
    "has_number": True,
    "has_symbol": True,
}
LOCKOUT: Row = {"max_password_attempts": "10"}
FACTORS = {"totp": "TOTP", "webauthn": "U2F", "backup_code": "RECOVERY_CODE"}


def organization_metadata(company: Company) -> Iterator[Row]:
    for each in company.access.organizations.values():
        for key, value in ids.organization_metadata(each).items():
            row = {"organization_id": ids.organization_id(each), "key": key, "value": value}
            yield {**row, **dates(each)}


def user_metadata(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        for key, value in ids.user_metadata(person).items():
            yield {"user_id": ids.user_id(person), "key": key, "value": value, **dates(person)}


def user_auth_methods(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        for method in _methods(person, server_of(company).version):
            name = f"AUTHENTICATION_METHOD_TYPE_{method}"
            yield {"user_id": ids.user_id(person), "auth_method": name}


def _methods(person: Person, version: tuple[int, int]) -> Iterator[str]:
    """Recovery codes are told since version 5."""
    if person.has_password:
        yield "PASSWORD"
    if person.identities:
        yield "IDP"
    for kind in dict.fromkeys(factor.kind for factor in person.factors):
        if kind != "backup_code" or version >= (5, 0):
            yield FACTORS[kind]


def user_idp_links(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        for identity in person.identities:
            yield {
                "user_id": ids.user_id(person),
                "idp_id": ids.provider_id(identity.provider),
                "provided_user_id": identity.subject,
                "provided_user_name": identity.subject,
            }


def sessions(company: Company) -> Iterator[Row]:
    owners = user_owner(company)
    for person in company.people.values():
        strong = any(factor.kind == "totp" for factor in person.factors)
        for session in person.sessions:
            at = naive(session.created)
            yield {
                "id": ids.session_id(session),
                "user_id": ids.user_id(person),
                "organization_id": owners[person.id],
                "user_verified_at": at,
                "password_verified_at": at if person.has_password else None,
                "passkey_verified_at": None,
                "idp_verified_at": None,
                "totp_verified_at": at if strong else None,
                "otp_sms_verified_at": None,
                "otp_email_verified_at": None,
                "ip": session.ip,
                "user_agent": session.user_agent,
                "expiration_date": naive(session.expires),
                **dates(session),
            }


def policies(company: Company) -> Iterator[Row]:
    """Organizations that need a second factor, or long passwords, have policies of their own."""
    yield from _policies(ids.HOME, None)
    for each in company.access.organizations.values():
        yield from _policies(ids.organization_id(each), each)


def _policies(identifier: str, organization: Organization | None) -> Iterator[Row]:
    strict = bool(organization and organization.needs_mfa)
    long = bool(organization and organization.number % 7 == 0)
    for kind, policy, own, changed in (
        ("login", LOGIN, strict, {"force_mfa": True}),
        ("password_complexity", COMPLEXITY, long, {"min_length": "12"}),
        ("password_age", {}, False, {}),
        ("lockout", LOCKOUT, False, {}),
    ):
        policy = {**policy, **changed} if own else policy
        about = {"organization_id": identifier, "type": kind}
        yield {**about, "is_default": not own, "policy": policy}


TABLES = {
    "organization_metadata": (organization_metadata, ("organization_id", "key")),
    "user_metadata": (user_metadata, ("user_id", "key")),
    "user_auth_methods": (user_auth_methods, ("user_id", "auth_method")),
    "user_idp_links": (user_idp_links, ("user_id", "idp_id", "provided_user_id")),
    "sessions": (sessions, ("id",)),
    "policies": (policies, ("organization_id", "type")),
}
"""Of each table, its rows and its key."""
