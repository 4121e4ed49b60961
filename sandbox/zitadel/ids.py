"""What of the company becomes what of a ZITADEL instance, and under which id.

All of it follows from the company alone, so that a test can tell it without the server.

The instance has one organization for each of the company's, and one more: home, which owns
the projects, the applications, the machine users, the groups, and whoever is no member.
An API is a project, a permission at an API is a role of that project. The first project is
granted to each organization that has members.

Ids are 18 digits, in no order of time.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from sandbox.model import Person

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.company import Company
    from sandbox.model import (
        Api,
        Application,
        Assignment,
        Credential,
        Factor,
        Group,
        Membership,
        Organization,
        Permission,
        Provider,
        Role,
        Session,
    )

FOREVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)
"""When keys and tokens end that never do."""
DOMAIN = "zitadel.example"
HOME_NAME = "Home"


@lru_cache(maxsize=200_000)
def identifier(kind: str, *of: str) -> str:
    """18 digits, the first of which is not 0, unlike those of anything else."""
    text = ":".join((kind, *of)).encode()
    number = int(hashlib.md5(text, usedforsecurity=False).hexdigest(), 16)
    return str(10**17 + number % (9 * 10**17))


INSTANCE = identifier("instance")
HOME = identifier("organization", "home")
"""The id of the organization that owns what belongs to no other."""


def organization_id(organization: Organization) -> str:
    return identifier("organization", organization.id)


def primary_domain(name: str) -> str:
    """The generated domain of an organization of that name."""
    return f"{name.lower().replace(' ', '-')}.{DOMAIN}"


def user_id(holder: Person | Application) -> str:
    """Of a person, or of the machine user that an application is."""
    kind = "user" if isinstance(holder, Person) else "machine"
    return identifier(kind, holder.id)


def machine_name(application: Application) -> str:
    """The user name, which is the client id as well."""
    return application.name.replace(" ", "-")


def machines(applications: Iterable[Application]) -> list[Application]:
    """The applications that are machine users."""
    return [each for each in applications if each.kind == "machine"]


def token_owner(machines: list[Application], credential: Credential) -> Application:
    """The machine whose personal access token a person's token is."""
    return machines[credential.number % len(machines)]


def project_id(api: Api) -> str:
    return identifier("project", api.id)


def project_grant_id(organization: Organization) -> str:
    """Of the grant to an organization. Every other one was made by a newer API, which gives
    it the organization's own id."""
    if organization.number % 2:
        return identifier("project grant", organization.id)
    return organization_id(organization)


def authorization_id(held: Membership | Assignment) -> str:
    return identifier("authorization", held.id)


def application_id(application: Application) -> str:
    return identifier("application", application.id)


def client_id(application: Application) -> str:
    return identifier("client", application.id)


def application_key_id(credential: Credential) -> str:
    return identifier("application key", credential.id)


def machine_key_id(credential: Credential) -> str:
    return identifier("machine key", credential.id)


def access_token_id(credential: Credential) -> str:
    return identifier("access token", credential.id)


def provider_id(provider: Provider) -> str:
    return identifier("identity provider", provider.id)


def group_id(group: Group) -> str:
    return identifier("group", group.id)


def session_id(session: Session) -> str:
    return identifier("session", session.id)


def factor_id(factor: Factor) -> str:
    return identifier("factor", factor.id)


# Who owns what, and who may do what


def owning_memberships(company: Company) -> dict[str, Membership]:
    """By the person's id: the membership with the lowest number, whose organization owns them."""
    found: dict[str, Membership] = {}
    for memberships in list(company.access.memberships.values()):
        for member in list(memberships.values()):
            if isinstance(member.holder, Person):
                known = found.get(member.holder.id)
                if known is None or member.number < known.number:
                    found[member.holder.id] = member
    return found


def projects(company: Company) -> list[Api]:
    return list(company.access.apis.values())


def role_keys(permissions: Iterable[Permission], roles: Iterable[Role], api: Api) -> list[str]:
    """Those of the permissions (all there are) that are at the API and in any of the roles."""
    held = {permission.id for role in roles for permission in role.permissions}
    return [each.name for each in permissions if each.api is api and each.id in held]


def is_email_verified(person: Person) -> bool:
    return person.number % 9 != 0


def is_phone_verified(person: Person) -> bool:
    return person.phone is not None and person.number % 8 == 0


def must_change_password(person: Person) -> bool:
    return person.number % 11 == 0


def picture(person: Person) -> str:
    """Every other person has one."""
    return "" if person.number % 2 else f"https://pictures.example/{person.number}.png"


def is_application_active(application: Application) -> bool:
    return application.number % 7 != 0


def user_metadata(person: Person) -> dict[str, str]:
    return {"department": person.department, "title": person.title}


def organization_metadata(organization: Organization) -> dict[str, str]:
    told = {"description": organization.description or "", "number": str(organization.number)}
    return {key: value for key, value in told.items() if value}
