"""What a warehouse must hold of a Logto that serves a company, computed from the company alone.

What only the emulated server makes up, such as its own API and constant fields, is stated
here once more: `BUILT_IN`, `METADATA`, and in the modules that this one imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sandbox.model import Person
from tests.logto import expected_organizations as expected_logto_organizations
from tests.logto.expected_organizations import TENANT, Row, millis, role_row, scope_row
from tests.logto.expected_signed_in import OPT_IN, RESOURCE, audit_logs, credential

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sandbox.company import Company

BUILT_IN = "management-api"
"""The id of the resource that each Logto has, whose one scope is `all`."""
METADATA: Row = {"custom_client_metadata": {}, "protected_app_metadata": None, "custom_data": {}}
KINDS = {
    "machine": "MachineToMachine", "web": "Traditional", "spa": "SPA", "native": "Native",
    "saml": "SAML",
}  # fmt: skip


def users(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        yield {
            "id": person.id,
            "username": None,
            "primary_email": person.email,
            "primary_phone": person.phone.replace("+", "").replace("-", "")
            if person.phone
            else None,
            "name": person.name,
            "avatar": None,
            "custom_data": {"department": person.department, "title": person.title},
            "identities": {
                row["target"]: {"userId": row["identity_user_id"], "details": row["details"]}
                for row in _identities(person)
            },
            "last_sign_in_at": millis(person.signed_in),
            "created_at": millis(person.created),
            "updated_at": millis(person.changed),
            "profile": {"family_name": person.family, "given_name": person.given},
            "application_id": None,
            "cimd_client_id": None,
            "is_suspended": not person.is_active_in("logto"),
            "has_password": person.has_password,
            "has_security_verification_method": None,
        }


def _identities(person: Person) -> Iterator[Row]:
    """Social ones only. The server adds what the provider told; its token must be left out."""
    for identity in person.identities:
        if identity.provider.kind == "social":
            raw = {"login": person.email}
            yield {
                "user_id": person.id,
                "target": identity.provider.name,
                "identity_user_id": identity.subject,
                "details": {"id": identity.subject, "name": person.name, "rawData": raw},
            }


def user_identities(company: Company) -> Iterator[Row]:
    for person in company.people.values():
        yield from _identities(person)


def roles(company: Company) -> Iterator[Row]:
    for role in company.access.roles_of("tenant"):
        holders = [each.holder for each in company.access.holders_of(role)]
        people = sum(isinstance(holder, Person) for holder in holders)
        yield {
            **role_row(role),
            "is_default": role.is_default,
            "users_count": people,
            "applications_count": len(holders) - people,
        }


def role_users(company: Company) -> Iterator[Row]:
    for role in company.access.roles_of("tenant", "person"):
        for each in company.access.holders_of(role):
            yield {"role_id": role.id, "user_id": each.holder.id}


def role_applications(company: Company) -> Iterator[Row]:
    for role in company.access.roles_of("tenant", "application"):
        for each in company.access.holders_of(role):
            yield {"role_id": role.id, "application_id": each.holder.id}


def role_scopes(company: Company) -> Iterator[Row]:
    for role in company.access.roles_of("tenant"):
        for scope in role.permissions:
            assert scope.api is not None
            yield {
                "role_id": role.id,
                "scope_id": scope.id,
                "scope_name": scope.name,
                "resource_id": scope.api.id,
            }


def resources(company: Company) -> Iterator[Row]:
    known = [(BUILT_IN, "Logto Management API", RESOURCE, False)]
    known += [
        (api.id, api.name, api.identifier, api.is_default) for api in company.access.apis.values()
    ]
    for identifier, name, indicator, is_default in known:
        row = {"id": identifier, **TENANT, "name": name, "indicator": indicator}
        yield {**row, "is_default": is_default, "access_token_ttl": 3600}


def scopes(company: Company) -> Iterator[Row]:
    yield {
        "id": "management-api-all",
        **TENANT,
        "resource_id": BUILT_IN,
        "name": "all",
        "description": "Default scope for Management API, allows all permissions.",
        "created_at": millis(company.founded),
    }
    for scope in company.access.permissions.values():
        if scope.api is not None:
            created = {"resource_id": scope.api.id, "created_at": millis(scope.created)}
            yield {**scope_row(scope), **created}


def applications(company: Company) -> Iterator[Row]:
    for each in company.access.applications.values():
        interactive = each.kind in ("web", "spa", "native")
        redirects = [f"https://{each.id}.example/callback"] if interactive else []
        yield {
            "id": each.id,
            **TENANT,
            "name": each.name,
            "description": each.description,
            "type": KINDS[each.kind],
            "is_third_party": each.third_party,
            "app_level_access_control_enabled": each.allowed is not None,
            "oidc_client_metadata": {"redirect_uris": redirects, "post_logout_redirect_uris": []},
            **METADATA,
            "created_at": millis(each.created),
        }


def application_secrets(company: Company) -> Iterator[Row]:
    for application in company.access.applications.values():
        for secret in application.secrets:
            yield {"application_id": application.id, **credential(secret)}


def connectors(company: Company) -> Iterator[Row]:
    for each in company.access.providers.values():
        if each.kind == "enterprise":
            continue
        social = each.kind == "social"
        yield {
            "id": each.id,
            "connector_id": f"{each.name}-universal" if social else "simple-mail-transfer-protocol",
            "target": each.name,
            "type": "Social" if social else "Email",
            "name": {"en": each.name},
            "platform": "Universal" if social else None,
            "sync_profile": False,
            "enable_token_storage": False,
            "is_token_storage_supported": True if social else None,
            "is_standard": None,
            "is_demo": False,
            "from_email": None,
            "usage": None,
        }


def sso_connectors(company: Company) -> Iterator[Row]:
    for each in company.access.providers.values():
        if each.kind == "enterprise":
            protocol = each.protocol.upper()
            yield {
                "id": each.id,
                **TENANT,
                "connector_name": each.name,
                "name": protocol,
                "provider_name": protocol,
                "provider_type": each.protocol,
                "issuer": f"https://idp.example/{each.id}" if each.protocol == "oidc" else None,
                "domains": each.domains,
                "sync_profile": False,
                "enable_token_storage": False,
                "created_at": millis(each.created),
            }


def hooks(company: Company) -> Iterator[Row]:
    for each in company.access.webhooks.values():
        yield {
            "id": each.id,
            **TENANT,
            "name": each.name,
            "event": None,
            "events": each.events,
            "host": urlsplit(each.url).hostname,
            "enabled": each.enabled,
            "created_at": millis(each.created),
        }


TABLES: dict[str, tuple[Callable[[Company], Iterable[Row]], tuple[str, ...]]] = {
    "users": (users, ("id",)),
    "user_identities": (user_identities, ("user_id", "target")),
    "roles": (roles, ("id",)),
    "role_users": (role_users, ("role_id", "user_id")),
    "role_applications": (role_applications, ("role_id", "application_id")),
    "role_scopes": (role_scopes, ("role_id", "scope_id")),
    "resources": (resources, ("id",)),
    "scopes": (scopes, ("id",)),
    **expected_logto_organizations.TABLES,
    "applications": (applications, ("id",)),
    "application_secrets": (application_secrets, ("application_id", "name")),
    "connectors": (connectors, ("id",)),
    "sso_connectors": (sso_connectors, ("id",)),
    "hooks": (hooks, ("id",)),
    "audit_logs": (audit_logs, ("id",)),
    **OPT_IN,
}
"""Of each table, its rows and its key, in the order in which the tap reads them."""
DEFAULT = tuple(table for table in TABLES if table not in OPT_IN)
