"""What a warehouse must hold of how people prove who they are, computed from the company alone.

Sessions and what they grant exist in the company as one thing; how the emulated server makes
rows and ids of them is said at `session_id`, `session_uid` and `grant_id`.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.model import Organization, Person, Role
from tests.logto.expected_organizations import TENANT, Row, millis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.company import Company
    from sandbox.model import Credential, Session, SignIn

RESOURCE = "https://default.logto.app/api"
GRANTED = "openid profile email offline_access"
"""What a session's application is granted, for 180 days."""
EXCHANGE = "ExchangeTokenBy.ClientCredentials"
FACTORS = {"totp": "Totp", "webauthn": "WebAuthn", "backup_code": "BackupCode"}


def seconds(moment: datetime) -> datetime:
    """Logto cuts the times of sessions and grants to seconds."""
    return moment.replace(tzinfo=None, microsecond=0)


def hashed(secret: str) -> str:
    """What stands for a value that must not be known: half of its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()[:32]


def session_id(session: Session) -> str:
    """The server's id of a session is the company's."""
    return hashed(session.id)


def session_uid(session: Session) -> str:
    """The server's other id of a session, made up from it."""
    return hashed(f"S3CRET-uid-{session.id}")


def grant_id(session: Session) -> str:
    """The server makes one grant for each session, and names it after that."""
    return f"grant{session.id}"


def audit_logs(company: Company) -> Iterator[Row]:
    for event in company.access.sign_ins:
        person, payload = event.person, _payload(event)
        user = person.id if person and event.succeeded else None
        yield {
            "id": event.id,
            "created_at": millis(event.at),
            **TENANT,
            "key": payload["key"],
            "result": payload["result"],
            "error_code": _error_code(event),
            "user_id": user,
            "application_id": event.application.id,
            "session_id": None,
            "ip": event.ip,
            "user_agent": event.user_agent,
            "payload": payload,
        }


def _error_code(event: SignIn) -> str | None:
    """The server tells that of an application as JSON in a text."""
    if event.succeeded:
        return None
    return "session.invalid_credentials" if event.person else "invalid_client"


def _payload(event: SignIn) -> Row:
    """What the server makes up about an event, without what is secret or has such a name."""
    what = "Submit" if event.succeeded else "Verification.Password.Submit"
    agent = {"ip": event.ip, "userAgent": event.user_agent}
    payload: Row = {
        "key": f"Interaction.SignIn.{what}"
        if event.person
        else "ExchangeTokenBy.ClientCredentials",
        "result": "Success" if event.succeeded else "Error",
        **agent,
        "userAgentParsed": {
            "ua": event.user_agent,
            "browser": {"name": "Chrome", "version": "128.0", "major": "128"},
            "device": {},
            "engine": {"name": "Blink", "version": "128.0"},
            "os": {"name": "Linux"},
            "cpu": {"architecture": "amd64"},
        },
        "applicationId": event.application.id,
    }
    if event.person is None:
        return payload | _exchange(event)
    if not event.succeeded:
        message = "Incorrect account or password. Please check your input."
        payload["error"] = {"message": message}
    else:
        payload["userId"] = event.person.id
    return payload | _interaction(event, event.person)


def _exchange(event: SignIn) -> Row:
    params = {"scope": "all", "resource": RESOURCE, "grant_type": "client_credentials"}
    if not event.succeeded:
        return {"params": params, "error": '{"error":"invalid_client"}'}
    result = {"applicationSecret": {"name": "first"}}
    return {"params": params, "scope": "all", "tokenTypes": ["AccessToken"], **result}


def _interaction(event: SignIn, person: Person) -> Row:
    identifier = {"type": "email", "value": person.email}
    record = {"id": f"password{event.id}", "type": "Password", "verified": True}
    interaction: Row = {
        "mfa": {},
        "captcha": {"skipped": False, "verified": False},
        "profile": {},
        "signInContext": {"ip": event.ip, "userAgent": event.user_agent},
        "interactionEvent": "SignIn",
        "verificationRecords": [],
    }
    if not event.succeeded:
        return {"payload": {"identifier": identifier}, "interaction": interaction}
    interaction["verificationRecords"] = [{**record, "identifier": identifier}]
    return {"interaction": {**interaction, "userId": person.id}}


def user_mfa_verifications(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        for factor in person.factors:
            yield {
                "user_id": person.id,
                "id": factor.id,
                "type": FACTORS[factor.kind],
                "name": factor.name if factor.kind == "webauthn" else None,
                "agent": None,
                "remain_codes": 10 if factor.kind == "backup_code" else None,
                "created_at": millis(factor.created),
                "last_used_at": millis(factor.used),
            }


def credential(each: Credential) -> Row:
    """What may be known of a secret."""
    created, expires = millis(each.created), millis(each.expires)
    return {"name": each.name, "created_at": created, "expires_at": expires}


def user_personal_access_tokens(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        for token in person.tokens:
            yield {"user_id": person.id, **credential(token)}


def user_sessions(company: Company) -> Iterator[Row]:
    """Those that have not ended."""
    for person in company.people.values():
        for each in person.sessions:
            if each.expires > company.now:
                yield {
                    "user_id": person.id,
                    "uid": session_uid(each),
                    "session_id": session_id(each),
                    "issued_at": seconds(each.created),
                    "login_at": seconds(each.created),
                    "expires_at": millis(each.expires),
                    "client_id": each.application.id,
                    "application_ids": [each.application.id],
                    "interaction_event": "SignIn",
                    "ip": each.ip,
                    "user_agent": each.user_agent,
                }


def user_grants(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        for each in person.sessions:
            yield {
                "user_id": person.id,
                "id": grant_id(each),
                "application_id": each.application.id,
                "application_name": each.application.name,
                "openid_scope": GRANTED,
                "resources": None,
                "issued_at": seconds(each.created),
                "expires_at": millis(each.created + timedelta(days=180)),
            }


def application_user_consent_scopes(company: Company) -> Iterator[Row]:
    """Each third party's application may also ask for what a user's profile says."""
    for application in company.access.applications.values():
        if not application.third_party:
            continue
        for scope in application.consents:
            yield {
                "application_id": application.id,
                "type": "resource" if scope.api else "organization",
                "scope": scope.id,
                "scope_name": scope.name,
                "resource_id": scope.api.id if scope.api else None,
            }
        for name in ("email", "profile"):
            named = {"scope": name, "scope_name": name, "resource_id": None}
            yield {"application_id": application.id, "type": "user", **named}


def application_access_control(company: Company) -> Iterator[Row]:
    def ids(allowed: list[Any], kind: type[Any]) -> list[str]:
        return [each.id for each in allowed if isinstance(each, kind)]

    for application in company.access.applications.values():
        if application.allowed is not None:
            rules: dict[str, list[str]] = {}
            for organization, role in (e for e in application.allowed if isinstance(e, tuple)):
                rules.setdefault(organization.id, []).append(role.id)
            yield {
                "application_id": application.id,
                "user_ids": ids(application.allowed, Person),
                "user_role_ids": ids(application.allowed, Role),
                "organization_ids": ids(application.allowed, Organization),
                "organization_role_rules": [
                    {"organization_id": key, "organization_role_ids": roles}
                    for key, roles in rules.items()
                ],
            }


OPT_IN = {
    "user_mfa_verifications": (user_mfa_verifications, ("user_id", "id")),
    "user_personal_access_tokens": (user_personal_access_tokens, ("user_id", "name")),
    "user_sessions": (user_sessions, ("user_id", "uid")),
    "user_grants": (user_grants, ("user_id", "id")),
    "application_user_consent_scopes": (
        application_user_consent_scopes,
        ("application_id", "type", "scope"),
    ),
    "application_access_control": (application_access_control, ("application_id",)),
}
"""Of each table that is filled only if that is asked for, its rows and its key."""
