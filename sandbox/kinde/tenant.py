"""Rows about what the whole tenant shares: roles, permissions, applications, APIs, connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.kinde import ids
from sandbox.model import Role

if TYPE_CHECKING:
    from sandbox.kinde.ask import Ask
    from sandbox.model import Api, Application, Permission, Provider

Row = dict[str, Any]

_TYPES = {"machine": "m2m", "web": "reg", "saml": "reg", "spa": "spa", "native": "device"}
_LABELS = {"m2m": "Machine to machine (M2M)"}
_SYSTEM = {
    f"org:{verb}:{what}": f"May {verb} the organization's {what}"
    for what in ("billing", "members", "profile")
    for verb in ("read", "update")
}
_STRATEGIES = {"saml": "saml:custom", "oidc": "oidc:custom", "smtp": "email:otp"}


# Roles and permissions


def roles(ask: Ask) -> dict[str, Role]:
    return ask.known.roles


def role(ask: Ask, role: Role) -> Row:
    return {**_named(role), "is_default_role": role.is_default}


def role_users(ask: Ask) -> dict[str, list[str]]:
    """Who holds the role anywhere, with the codes of the organizations."""
    found = {}
    for identifier, person in ask.people().items():
        codes = [
            ids.organization_code(member.organization)
            for member in ask.memberships_of(person)
            if ask.role in member.roles
        ]
        if codes:
            found[identifier] = [identifier, *sorted(codes)]
    return found


def role_user(ask: Ask, held: list[str]) -> Row:
    return {"id": held[0], "org_codes": held[1:]}


def permissions(ask: Ask) -> dict[str, Permission]:
    return ask.known.permissions


def role_permissions(ask: Ask) -> dict[str, Permission]:
    return {ids.permission_id(each): each for each in list(ask.role.permissions)}


def permission(ask: Ask, permission: Permission) -> Row:
    return {
        "id": ids.permission_id(permission),
        "key": permission.name,
        "name": permission.name,
        "description": permission.description,
    }


def system_permissions(ask: Ask) -> dict[str, str]:
    """The company has none; these are always there."""
    return {ids.system_permission_id(key): key for key in _SYSTEM}


def role_system_permissions(ask: Ask) -> dict[str, str]:
    """A role with so many permissions has as many of these, as far as they go."""
    keys = list(_SYSTEM)[: len(ask.role.permissions)]
    return {ids.system_permission_id(key): key for key in keys}


def system_permission(ask: Ask, key: str) -> Row:
    name = key.removeprefix("org:").replace(":", " ").capitalize()
    identifier = ids.system_permission_id(key)
    return {"id": identifier, "key": key, "name": name, "description": _SYSTEM[key]}


def role_scopes(ask: Ask) -> dict[str, Permission]:
    """Those of the role's permissions that are of an API."""
    return {ids.scope_id(each): each for each in list(ask.role.permissions) if each.api}


def role_scope(ask: Ask, permission: Permission) -> Row:
    return {**scope(ask, permission), "api_id": permission.api and ids.api_id(permission.api)}


def _named(role: Role) -> Row:
    return {
        "id": ids.role_id(role),
        "key": ids.role_key(role),
        "name": role.name,
        "description": role.description,
    }


# Applications


def applications(ask: Ask) -> dict[str, Application]:
    return ask.known.applications


def application(ask: Ask, application: Application) -> Row:
    return {
        "id": ids.application_id(application),
        "name": application.name,
        "type": _TYPES[application.kind],
    }


def the_application(ask: Ask) -> dict[str, Application]:
    return {ids.application_id(ask.application): ask.application}


def application_details(ask: Ask, application_: Application) -> Row:
    """It shows the secret, the first one if there are several."""
    row = application(ask, application_)
    host = f"https://app{application_.number}.example"
    if application_.secrets:
        row["client_secret"] = application_.secrets[0].value
    return {
        **row,
        "client_id": row["id"],
        "login_uri": f"{host}/login",
        "homepage_uri": host,
        "has_cancel_button": False,
        "is_access_control_enabled": _signs_people_in(application_) and _is_closed(application_),
        "is_allow_faceless_auth": False,
        "is_ask_for_name": True,
        "has_marketing_consent": application_.third_party,
        "has_sign_in_link_on_sign_up_page": True,
        "has_register_link_on_sign_in_page": True,
        "has_sign_in_with_sso_button": False,
        "use_gravatar_fallback": True,
    }


def access_roles(ask: Ask) -> dict[str, Role]:
    allowed = ask.application.allowed if _signs_people_in(ask.application) else None
    served = ask.known.roles
    named = [ids.role_id(each) for each in list(allowed or []) if isinstance(each, Role)]
    return {identifier: served[identifier] for identifier in named if identifier in served}


def access_role(ask: Ask, role: Role) -> Row:
    return _named(role)


def application_connections(ask: Ask) -> dict[str, Provider]:
    """Applications offer all but the enterprise connections, which organizations bring."""
    if not _signs_people_in(ask.application):
        return {}
    return {i: each for i, each in ask.known.connections.items() if each.kind != "enterprise"}


def _signs_people_in(application: Application) -> bool:
    return application.kind != "machine"


def _is_closed(application: Application) -> bool:
    return application.allowed is not None


# APIs


def apis(ask: Ask) -> dict[str, Api]:
    return ask.known.apis


def api(ask: Ask, api: Api) -> Row:
    """The default API of the company stands for the vendor's own."""
    row = {
        "id": ids.api_id(api),
        "name": api.name,
        "audience": api.identifier,
        "is_management_api": api.is_default,
    }
    if ask.wants("scopes"):
        row["scopes"] = _scopes(ask, api)
    return row


def the_api(ask: Ask) -> dict[str, Api]:
    return {ids.api_id(ask.api): ask.api}


def api_details(ask: Ask, api_: Api) -> Row:
    """With every machine's application, active if it holds a permission of the API by any role."""
    machines = [each for each in ask.known.applications.values() if each.kind == "machine"]
    return {
        **api(ask, api_),
        "scopes": _scopes(ask, api_),
        "applications": [
            {
                "id": ids.application_id(machine),
                "name": machine.name,
                "type": _LABELS[_TYPES[machine.kind]],
                "is_active": _may_call(ask, machine, api_),
            }
            for machine in sorted(machines, key=ids.application_id)
        ],
    }


def scopes(ask: Ask) -> dict[str, Permission]:
    known = ask.known.permissions.values()
    return {ids.scope_id(each): each for each in known if each.api is ask.api}


def scope(ask: Ask, permission: Permission) -> Row:
    return {
        "id": ids.scope_id(permission),
        "key": permission.name,
        "description": permission.description,
    }


def _scopes(ask: Ask, api: Api) -> list[Row]:
    known = [each for each in ask.known.permissions.values() if each.api is api]
    return [
        {"id": ids.scope_id(each), "key": each.name} for each in sorted(known, key=ids.scope_id)
    ]


def _may_call(ask: Ask, machine: Application, api: Api) -> bool:
    access = ask.known.access
    held = [
        kept[machine.id].role for kept in list(access.assignments.values()) if machine.id in kept
    ]
    for memberships in list(access.memberships.values()):
        if member := memberships.get(machine.id):
            held += member.roles
    return any(permission.api is api for role in held for permission in role.permissions)


# Connections


def connections(ask: Ask) -> dict[str, Provider]:
    domain = ask.query.get("home_realm_domain")
    known = ask.known.connections
    return {i: each for i, each in known.items() if not domain or domain in each.domains}


def organization_connections(ask: Ask) -> dict[str, Provider]:
    return {ids.connection_id(each): each for each in list(ask.organization.joining_through)}


def connection(ask: Ask, provider: Provider) -> Row:
    name = provider.name.lower().replace(" ", "_")
    row = {
        "id": ids.connection_id(provider),
        "name": name,
        "display_name": provider.name,
        "strategy": _STRATEGIES.get(provider.protocol, f"oauth2:{name}"),
    }
    if not ask.quirks.nested_connections:
        return row
    return {"code": "OK", "message": "Success", "connection": row}
