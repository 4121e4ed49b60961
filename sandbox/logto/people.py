"""People and what is theirs, as Logto shows them.

A person's e-mail address, the digits of their phone number and their name are those of the
company; they have no user name. Whether they are active is `isSuspended`, their department
and title are in `customData`. Accounts at social providers are `identities`, accounts at
enterprise providers are SSO identities.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from sandbox.logto.search import digits

if TYPE_CHECKING:
    from sandbox.model import Credential, Factor, Identity, Person, Session

TENANT = "default"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FACTORS = {"totp": "Totp", "webauthn": "WebAuthn", "backup_code": "BackupCode"}
_GRANT = timedelta(days=180)

Row = dict[str, Any]


def milliseconds(moment: datetime) -> int:
    """A moment as most of the API tells it: cut off, not rounded."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def seconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(seconds=1)


def iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def maybe(moment: datetime | None) -> int | None:
    return None if moment is None else milliseconds(moment)


def user(person: Person, version: tuple[int, int]) -> Row:
    """A person as all lists show them."""
    row: Row = {
        "id": person.id,
        "username": None,
        "primaryEmail": person.email,
        "primaryPhone": digits(person.phone),
        "name": person.name,
        "avatar": None,
        "customData": {"department": person.department, "title": person.title},
        "identities": {
            identity.provider.name: social_identity(person, identity)
            for identity in person.identities
            if identity.provider.kind == "social"
        },
        "lastSignInAt": maybe(person.signed_in),
        "createdAt": milliseconds(person.created),
        "updatedAt": milliseconds(person.changed),
        "profile": {"familyName": person.family, "givenName": person.given},
        "applicationId": None,
    }
    if version >= (1, 42):
        row["cimdClientId"] = None
    return {**row, "isSuspended": not person.is_active_in("logto")}


def full_user(person: Person, version: tuple[int, int], *, with_hash: bool = False) -> Row:
    """A person as all lists but those of members show them."""
    row = {**user(person, version), "hasPassword": person.has_password}
    if with_hash and version >= (1, 38):
        row["passwordDigest"] = f"S3CRET-digest-{person.id}" if person.has_password else None
        row["passwordAlgorithm"] = "Argon2i" if person.has_password else None
    return row


def brief_user(person: Person) -> Row:
    """A person as an example of who holds a role or belongs to an organization."""
    return {"id": person.id, "avatar": None, "name": person.name}


def social_identity(person: Person, identity: Identity) -> Row:
    """An account at a social provider, with a secret in what the provider told of it."""
    raw = {"login": person.email, "accessToken": f"S3CRET-{identity.id}"}
    details = {"id": identity.subject, "name": person.name, "rawData": raw}
    return {"userId": identity.subject, "details": details}


def sso_identities(person: Person) -> list[Row]:
    return [
        {
            "tenantId": TENANT,
            "id": identity.id,
            "userId": person.id,
            "issuer": f"https://idp.example/{identity.provider.id}",
            "identityId": identity.subject,
            "detail": {"id": identity.subject, "email": person.email},
            "createdAt": milliseconds(identity.created),
            "updatedAt": milliseconds(identity.created),
            "ssoConnectorId": identity.provider.id,
        }
        for identity in person.identities
        if identity.provider.kind == "enterprise"
    ]


def all_identities(person: Person) -> Row:
    social = [
        {"identity": social_identity(person, identity), "target": identity.provider.name}
        for identity in person.identities
        if identity.provider.kind == "social"
    ]
    enterprise = [
        {"ssoIdentity": row, "ssoConnectorId": row["ssoConnectorId"]}
        for row in sso_identities(person)
    ]
    return {"socialIdentities": social, "ssoIdentities": enterprise}


def mfa_verification(factor: Factor) -> Row:
    """A second factor. Here moments are texts."""
    row: Row = {"id": factor.id, "createdAt": iso(factor.created), "type": _FACTORS[factor.kind]}
    if factor.used is not None:
        row["lastUsedAt"] = iso(factor.used)
    if factor.kind == "webauthn" and factor.name is not None:
        row["name"] = factor.name
    if factor.kind == "backup_code":
        row["remainCodes"] = 10
    return row


def access_token(person: Person, token: Credential) -> Row:
    """A personal access token, in clear text."""
    return {
        "tenantId": TENANT,
        "userId": person.id,
        "name": token.name,
        "value": token.value,
        "createdAt": milliseconds(token.created),
        "expiresAt": maybe(token.expires),
    }


def session(person: Person, session: Session) -> Row:
    """A session. Its `jti` is the session's id; its `uid` is a secret."""
    application = session.application.id
    sign_in = {"ip": session.ip, "userAgent": session.user_agent}
    record = {
        "id": f"password{session.id}",
        "type": "Password",
        "identifier": {"type": "email", "value": person.email},
        "verified": True,
    }
    payload = {
        "exp": seconds(session.expires),
        "iat": seconds(session.created),
        "jti": session.id,
        "uid": f"S3CRET-uid-{session.id}",
        "kind": "Session",
        "loginTs": seconds(session.created),
        "accountId": person.id,
        "authorizations": {
            application: {
                "sid": f"S3CRET-sid-{session.id}",
                "grantId": f"grant{session.id}",
                "persistsLogout": True,
            }
        },
    }
    return {
        "payload": payload,
        "lastSubmission": {
            "interactionEvent": "SignIn",
            "userId": person.id,
            "verificationRecords": [record],
            "signInContext": sign_in,
        },
        "clientId": application,
        "accountId": person.id,
        "expiresAt": milliseconds(session.expires),
    }


def grant(person: Person, session: Session) -> Row:
    """What the application of a session was granted. Its id is `grant`, and the session's."""
    application, expires = session.application, session.created + _GRANT
    payload = {
        "exp": seconds(expires),
        "iat": seconds(session.created),
        "jti": f"grant{session.id}",
        "kind": "Grant",
        "clientId": application.id,
        "accountId": person.id,
        "openid": {"scope": "openid profile email offline_access"},
    }
    return {
        "id": f"grant{session.id}",
        "payload": payload,
        "expiresAt": milliseconds(expires),
        "application": {"id": application.id, "name": application.name},
    }
