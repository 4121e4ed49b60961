"""Organizations, roles, applications and the rest, as Logto shows them.

Roles of the tenant are roles, those of organizations are organization roles. Permissions at
an API are resource scopes, those without one are organization scopes. Social and e-mail
providers are connectors, enterprise providers are SSO connectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.logto.people import TENANT, brief_user, maybe, milliseconds
from sandbox.model import Application, Organization, Person, Role

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.logto.tables import Tables
    from sandbox.model import Api, Credential, Invitation, Membership, Permission, Provider, Webhook

_KINDS = {
    "machine": "MachineToMachine", "web": "Traditional", "spa": "SPA", "native": "Native",
    "saml": "SAML",
}  # fmt: skip
_HOLDERS = {"person": "User", "application": "MachineToMachine"}
_LOGO = "data:image/svg+xml;base64,PHN2Zy8+"

Row = dict[str, Any]


def organization(organization: Organization) -> Row:
    return {
        "tenantId": TENANT,
        "id": organization.id,
        "name": organization.name,
        "description": organization.description,
        "customData": {},
        "isMfaRequired": organization.needs_mfa,
        "color": {},
        "branding": {},
        "customCss": None,
        "createdAt": milliseconds(organization.created),
    }


def featured(tables: Tables, organization: Organization) -> Row:
    """What `showFeatured` adds to an organization."""
    people: list[Any] = [member.holder for member in tables.memberships(organization.id, Person)]
    return {"usersCount": len(people), "featuredUsers": [brief_user(p) for p in people[:3]]}


def held_roles(member: Membership) -> list[Row]:
    """The roles that a member holds in the organization."""
    roles = sorted(member.roles, key=lambda role: role.name)
    return [{"id": role.id, "name": role.name} for role in roles]


def role(role: Role) -> Row:
    """A role of the tenant."""
    return {**organization_role(role), "isDefault": role.is_default}


def counted_role(tables: Tables, each: Role) -> Row:
    """A role of the tenant, with how many hold it, and up to three of them."""
    people, applications = tables.holders(each, Person), tables.holders(each, Application)
    return {
        **role(each),
        "usersCount": len(people),
        "featuredUsers": [brief_user(person) for person in people[:3]],
        "applicationsCount": len(applications),
        "featuredApplications": [
            {"id": a.id, "name": a.name, "type": _KINDS[a.kind]} for a in applications[:3]
        ],
    }


def organization_role(role: Role) -> Row:
    return {
        "tenantId": TENANT,
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "type": _HOLDERS[role.holder],
    }


def organization_role_with_scopes(role: Role) -> Row:
    organization_scopes, resource_scopes = [], []
    for scope in role.permissions:
        brief: Row = {"id": scope.id, "name": scope.name}
        if scope.api is None:
            organization_scopes.append(brief)
        else:
            resource = {"id": scope.api.id, "name": scope.api.name}
            resource_scopes.append({**brief, "resource": resource})
    scopes = {"scopes": organization_scopes, "resourceScopes": resource_scopes}
    return {**organization_role(role), **scopes}


def organization_scope(scope: Permission) -> Row:
    return {"tenantId": TENANT, **_brief(scope)}


def resource_scope(scope: Permission) -> Row:
    return {
        "tenantId": TENANT,
        "id": scope.id,
        "resourceId": scope.api.id if scope.api else None,
        "name": scope.name,
        "description": scope.description,
        "createdAt": milliseconds(scope.created),
    }


def role_scope(scope: Permission) -> Row:
    return {**resource_scope(scope), "resource": resource(scope.api) if scope.api else None}


def resource(api: Api) -> Row:
    return {
        "tenantId": TENANT,
        "id": api.id,
        "name": api.name,
        "indicator": api.identifier,
        "isDefault": api.is_default,
        "accessTokenTtl": 3600,
    }


def application(application: Application, version: tuple[int, int]) -> Row:
    row: Row = {"tenantId": TENANT, "id": application.id, "name": application.name}
    if version < (1, 42):
        row["secret"] = f"#internal:S3CRET-{application.id}"
    interactive = application.kind in ("web", "spa", "native")
    redirects = [f"https://{application.id}.example/callback"] if interactive else []
    row |= {
        "description": application.description,
        "type": application_type(application),
        "oidcClientMetadata": {"redirectUris": redirects, "postLogoutRedirectUris": []},
        "customClientMetadata": {},
        "protectedAppMetadata": None,
        "customData": {},
        "isThirdParty": application.third_party,
    }
    if version >= (1, 40):
        row["appLevelAccessControlEnabled"] = application.allowed is not None
    return {**row, "createdAt": milliseconds(application.created)}


def application_type(application: Application) -> str:
    return _KINDS[application.kind]


def secret(application: Application, secret: Credential) -> Row:
    """A secret of an application, in clear text."""
    return {
        "tenantId": TENANT,
        "applicationId": application.id,
        "name": secret.name,
        "value": secret.value,
        "createdAt": milliseconds(secret.created),
        "expiresAt": maybe(secret.expires),
    }


def consent_scopes(application: Application) -> Row:
    """What a third party's application may ask people to consent to."""
    of_organizations = [_brief(scope) for scope in application.consents if scope.api is None]
    by_api: dict[str, Row] = {}
    for scope in application.consents:
        if (api := scope.api) is not None:
            brief = {"id": api.id, "name": api.name, "indicator": api.identifier}
            entry = by_api.setdefault(api.id, {"resource": brief, "scopes": []})
            entry["scopes"].append(_brief(scope))
    return {
        "organizationScopes": of_organizations,
        "resourceScopes": list(by_api.values()),
        "organizationResourceScopes": [],
        "userScopes": ["email", "profile"] if application.third_party else [],
    }


def access_control(application: Application) -> Row:
    """Who may use an application. Only roles of the tenant are served."""
    allowed = application.allowed or []
    rules: dict[str, list[str]] = {}
    for each in allowed:
        if isinstance(each, tuple):
            rules.setdefault(each[0].id, []).append(each[1].id)
    return {
        "userIds": [each.id for each in allowed if isinstance(each, Person)],
        "userRoleIds": [
            each.id for each in allowed if isinstance(each, Role) and each.level == "tenant"
        ],
        "organizationIds": [each.id for each in allowed if isinstance(each, Organization)],
        "organizationRoleRules": [
            {"organizationId": organization, "organizationRoleIds": roles}
            for organization, roles in rules.items()
        ],
    }


def invitation(invitation: Invitation, now: datetime) -> Row:
    """An invitation. That it has expired is seen only when it is looked at."""
    expired = invitation.status == "pending" and invitation.expires <= now
    inviter, accepted = invitation.inviter, invitation.accepted
    return {
        "tenantId": TENANT,
        "id": invitation.id,
        "inviterId": inviter.id if inviter else None,
        "invitee": invitation.email,
        "acceptedUserId": accepted.id if accepted else None,
        "organizationId": invitation.organization.id,
        "status": "Expired" if expired else invitation.status.capitalize(),
        "createdAt": milliseconds(invitation.created),
        "updatedAt": milliseconds(invitation.changed),
        "expiresAt": milliseconds(invitation.expires),
        "organizationRoles": [{"id": role.id, "name": role.name} for role in invitation.roles],
    }


def connector(provider: Provider) -> Row:
    """A social or e-mail provider, with its secret in clear text."""
    social = provider.kind == "social"
    about = {"en": f"Sign in with {provider.name}." if social else "Sends e-mail."}
    row: Row = {
        "id": provider.id,
        "syncProfile": False,
        "enableTokenStorage": False,
        "config": _social_config(provider) if social else _mail_config(provider),
        "metadata": {},
        "connectorId": f"{provider.name}-universal" if social else "simple-mail-transfer-protocol",
        "target": provider.name,
        "name": {"en": provider.name},
        "description": about,
        "logo": _LOGO,
        "logoDark": _LOGO if social else None,
        "readme": f"# {provider.name} connector\n",
        "formItems": [{"type": "Text", "key": "clientId", "label": "Client ID", "required": True}],
        "platform": "Universal" if social else None,
    }
    if social:
        row["isTokenStorageSupported"] = True
    return {**row, "type": "Social" if social else "Email", "isDemo": False, "extraInfo": {}}


def _social_config(provider: Provider) -> Row:
    return {"scope": "read:user", "clientId": provider.name, "clientSecret": provider.value}


def _mail_config(provider: Provider) -> Row:
    login = {"pass": provider.value, "type": "login", "user": "mailer"}
    return {"auth": login, "host": "mail.example", "port": 587, "templates": []}


def sso_connector(provider: Provider) -> Row:
    """An enterprise provider, with its secret in clear text, and with its logo."""
    kind = "oidc" if provider.protocol == "oidc" else "saml"
    return {
        **brief_sso_connector(provider),
        "name": kind.upper(),
        "providerType": kind,
        "providerLogo": _LOGO,
        "providerLogoDark": _LOGO,
        "providerConfig": _sso_config(provider),
    }


def brief_sso_connector(provider: Provider) -> Row:
    return {
        "tenantId": TENANT,
        "id": provider.id,
        "providerName": "OIDC" if provider.protocol == "oidc" else "SAML",
        "connectorName": provider.name,
        "config": _sso_config(provider),
        "domains": list(provider.domains),
        "branding": {},
        "syncProfile": False,
        "enableTokenStorage": False,
        "createdAt": milliseconds(provider.created),
    }


def _sso_config(provider: Provider) -> Row:
    """Settings of an enterprise provider. That of SAML has its secret in an address."""
    issuer = f"https://idp.example/{provider.id}"
    if provider.protocol != "oidc":
        return {"metadataUrl": f"{issuer}/metadata?key={provider.value}"}
    return {
        "issuer": issuer,
        "clientId": provider.id,
        "clientSecret": provider.value,
        "trustUnverifiedEmail": False,
    }


def hook(hook: Webhook) -> Row:
    """A webhook, with its signing key and a header in clear text."""
    return {
        "tenantId": TENANT,
        "id": hook.id,
        "name": hook.name,
        "event": None,
        "events": list(hook.events),
        "config": {"url": hook.url, "headers": {"X-Api-Key": f"{hook.value}-header"}},
        "signingKey": hook.value,
        "enabled": hook.enabled,
        "createdAt": milliseconds(hook.created),
    }


def _brief(scope: Permission) -> Row:
    return {"id": scope.id, "name": scope.name, "description": scope.description}
