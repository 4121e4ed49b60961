"""The ids and names that Kinde gives to the things of the company.

All of them follow from the thing alone, so that a test can tell them without the server.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from sandbox.model import (
        Api,
        Application,
        Credential,
        Factor,
        Identity,
        Invitation,
        Organization,
        Permission,
        Person,
        Provider,
        Role,
        Session,
    )


@lru_cache(maxsize=100_000)
def digest(text: str) -> str:
    """32 hexadecimal digits."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def user_id(person: Person) -> str:
    return f"kp_{digest(person.id)}"


def provided_id(person: Person) -> str:
    """The id that the person has in the system that provides people."""
    return f"idp-{person.number}"


def username(person: Person) -> str | None:
    """Every seventh person has one: the first part of the address."""
    return person.email.partition("@")[0] if person.number % 7 == 0 else None


def picture(person: Person) -> str | None:
    """Every other person has one."""
    return None if person.number % 2 else f"https://pictures.example/{person.number}.png"


def customer_id(holder: Person | Organization) -> str:
    """Of the one who is billed."""
    return f"customer_{digest(holder.id)}"


def organization_code(organization: Organization) -> str:
    """Organizations have no other id."""
    return f"org_{digest(organization.id)[:13]}"


def organization_handle(organization: Organization) -> str:
    return organization.name.lower().replace(" ", "_")


def organization_external_id(organization: Organization) -> str | None:
    """Every other organization has one."""
    return None if organization.number % 2 else f"ext-{organization.number}"


def role_id(role: Role) -> str:
    return str(UUID(digest(role.id)))


def role_key(role: Role) -> str:
    return role.name.replace(" ", "_")


def permission_id(permission: Permission) -> str:
    return str(UUID(digest(permission.id)))


def system_permission_id(key: str) -> str:
    return f"perm_{digest(key)}"


def scope_id(permission: Permission) -> str:
    """A permission at an API is also a scope of that API, with an id of its own."""
    return f"api_scope_{digest(permission.id)}"


def application_id(application: Application) -> str:
    """It is the client id as well."""
    return digest(application.id)


def api_id(api: Api) -> str:
    return digest(api.id)


def connection_id(provider: Provider) -> str:
    return f"conn_{digest(provider.id)}"


def identity_id(identity: Identity) -> str:
    return f"identity_{digest(identity.id)}"


def own_identity_id(person: Person, kind: str) -> str:
    """Of the e-mail address (`email`), telephone number (`phone`) or `username` of a person."""
    return f"identity_{digest(f'{person.id} {kind}')}"


def factor_id(factor: Factor) -> str:
    return f"mfa_{digest(factor.id)}"


def session_id(session: Session) -> str:
    return f"session_{digest(session.id)}"


def api_key_id(credential: Credential) -> str:
    return f"api_key_{digest(credential.id)}"


def invite_id(invitation: Invitation) -> str:
    return f"inv_{digest(invitation.id)}"


def invite_code(invitation: Invitation) -> str:
    """Whoever knows it may join; a secret."""
    return f"S3CRET-invite-{invitation.id}"


def directory_id(organization: Organization, provider: Provider) -> str:
    return f"directory_{digest(organization.id + provider.id)}"


def directory_token(organization: Organization, provider: Provider) -> str:
    """What a directory proves itself with; a secret."""
    return f"S3CRET-directory-{organization.id}-{provider.id}"
