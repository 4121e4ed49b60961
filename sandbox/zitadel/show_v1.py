"""Records in the words of v1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zitadel import ids
from sandbox.zitadel.records import Grant, Org
from sandbox.zitadel.show_v2 import configuration, details, machine
from sandbox.zitadel.wire import Json, in_base64

if TYPE_CHECKING:
    from sandbox.zitadel.calls import Call
    from sandbox.zitadel.records import (
        Administrator,
        App,
        Authorization,
        Idp,
        Key,
        Link,
        Metadata,
        OrgDomain,
        Project,
        Role,
        User,
    )


def org(call: Call, each: Org) -> Json:
    return {
        "id": each.id, "details": details(each), "state": "ORG_STATE_ACTIVE",
        "name": each.name, "primaryDomain": each.domain,
    }  # fmt: skip


def org_domain(call: Call, each: OrgDomain) -> Json:
    kind = "UNSPECIFIED" if each.domain.primary else "DNS"
    return {
        "orgId": each.owner, "details": details(each), "domainName": each.id,
        "isVerified": each.domain.verified, "isPrimary": each.domain.primary,
        "validationType": f"DOMAIN_VALIDATION_TYPE_{kind}",
    }  # fmt: skip


def metadata(call: Call, each: Metadata) -> Json:
    return {"details": details(each), "key": each.key, "value": in_base64(each.value)}


def user(call: Call, each: User) -> Json:
    return {
        "id": each.id, "details": details(each),
        "state": f"USER_STATE_{'ACTIVE' if each.active else 'INACTIVE'}",
        "userName": each.username, "loginNames": [each.username],
        "preferredLoginName": each.username,
        **({"machine": machine(each)} if each.machine else {"human": _human(each)}),
    }  # fmt: skip


def _human(each: User) -> Json:
    person = each.person
    assert person is not None  # noqa: S101
    phone = {"phone": person.phone, "isPhoneVerified": ids.is_phone_verified(person)}
    return {
        "profile": {
            "firstName": person.given, "lastName": person.family, "displayName": person.name,
            "preferredLanguage": "en", "avatarUrl": ids.picture(person),
        },
        "email": {"email": person.email, "isEmailVerified": ids.is_email_verified(person)},
        "phone": phone if person.phone else {},
        "passwordChanged": person.created if person.has_password else None,
    }  # fmt: skip


def project(call: Call, each: Project) -> Json:
    return {
        "id": each.id, "details": details(each), "name": each.name,
        "state": "PROJECT_STATE_ACTIVE", "projectRoleAssertion": each.number % 2 == 1,
        "projectRoleCheck": each.number % 3 == 0, "hasProjectCheck": each.number % 5 == 0,
    }  # fmt: skip


def role(call: Call, each: Role) -> Json:
    return {"key": each.key, "details": details(each), "displayName": each.display_name}


def grant(call: Call, each: Grant) -> Json:
    owner = call.instance.org_by_id[each.owner]
    return {
        "grantId": each.id, "grantedOrgId": each.to.id, "grantedOrgName": each.to.name,
        "grantedRoleKeys": list(each.keys), "state": "PROJECT_GRANT_STATE_ACTIVE",
        "projectId": each.project.id, "projectName": each.project.name,
        "projectOwnerId": owner.id, "projectOwnerName": owner.name, "details": details(each),
    }  # fmt: skip


def authorization(call: Call, each: Authorization) -> Json:
    user, to = each.user, each.grant.to if each.grant else None
    return {
        "id": each.id, "details": details(each), "roleKeys": [role.key for role in each.roles],
        "state": "USER_GRANT_STATE_ACTIVE", "userId": user.id, "userName": user.username,
        "firstName": user.given, "lastName": user.family, "email": user.email,
        "displayName": user.display_name, "orgId": each.org.id, "orgName": each.org.name,
        "orgDomain": each.org.domain, "projectId": each.project.id,
        "projectName": each.project.name, "projectGrantId": each.grant and each.grant.id,
        "avatarUrl": ids.picture(user.person) if user.person else None,
        "preferredLoginName": user.username, "userType": _type(user),
        "grantedOrgId": to and to.id, "grantedOrgName": to and to.name,
        "grantedOrgDomain": to and to.domain,
    }  # fmt: skip


def _type(user: User) -> str:
    return "TYPE_MACHINE" if user.machine else "TYPE_HUMAN"


def member(call: Call, each: Administrator) -> Json:
    user = each.user
    return {
        "userId": user.id, "details": details(each), "roles": list(each.roles),
        "preferredLoginName": user.username, "email": user.email, "firstName": user.given,
        "lastName": user.family, "displayName": user.display_name,
        "avatarUrl": ids.picture(user.person) if user.person else None,
        "userType": _type(user), "userResourceOwner": user.owner,
    }  # fmt: skip


def membership(call: Call, each: Administrator) -> Json:
    of: Json = {"iam": True}
    if isinstance(each.of, Org):
        of = {"orgId": each.of.id}
    elif isinstance(each.of, Grant):
        of = {"projectGrantId": each.of.id}
    elif each.of:
        of = {"projectId": each.of.id}
    return {
        "userId": each.user.id, "details": details(each), "roles": list(each.roles),
        "displayName": each.user.display_name, **of,
    }  # fmt: skip


def app(call: Call, each: App) -> Json:
    state = "ACTIVE" if ids.is_application_active(each.thing) else "INACTIVE"
    kind, config = configuration(each)
    return {
        "id": each.id, "details": details(each), "state": f"APP_STATE_{state}",
        "name": each.thing.name, f"{kind}Config": config,
    }  # fmt: skip


def key(call: Call, each: Key) -> Json:
    """Of an application or a machine."""
    return {
        "id": each.id, "details": details(each), "type": "KEY_TYPE_JSON",
        "expirationDate": each.expires,
    }  # fmt: skip


def access_token(call: Call, each: Key) -> Json:
    scopes = ["openid", "urn:zitadel:iam:org:project:id:zitadel:aud"]
    return {
        "id": each.id, "details": details(each), "expirationDate": each.expires, "scopes": scopes,
    }  # fmt: skip


def link(call: Call, each: Link) -> Json:
    kind = "OIDC" if each.provider.thing.protocol == "oidc" else "UNSPECIFIED"
    return {
        "userId": each.user.id, "idpId": each.id, "idpName": each.provider.thing.name,
        "providedUserId": each.subject, "providedUserName": each.subject,
        "idpType": f"IDP_TYPE_{kind}",
    }  # fmt: skip


def idp(call: Call, each: Idp) -> Json:
    thing = each.thing
    client = ids.identifier("client", thing.id)
    oauth = {"clientId": client, "scopes": ["openid", "email"]}
    kinds: dict[str, tuple[str, Json]] = {
        "github": ("GITHUB", {"github": oauth}), "google": ("GOOGLE", {"google": oauth}),
        "oidc": ("OIDC", {"oidc": {**oauth, "issuer": f"https://{thing.number}.idp.example"}}),
        "oauth": ("OAUTH", {"oauth": {**oauth, "idAttribute": "id"}}),
        "saml": ("SAML", {"saml": {
            "metadataXml": in_base64(f"<EntityDescriptor entityID='{thing.number}'/>"),
            "binding": "SAML_BINDING_POST",
        }}),
    }  # fmt: skip
    kind, config = kinds.get(thing.name) or kinds[thing.protocol]
    options = {
        "isLinkingAllowed": True, "isCreationAllowed": thing.kind == "social",
        "isAutoUpdate": True, "autoLinking": "AUTO_LINKING_OPTION_EMAIL",
    }  # fmt: skip
    owner = "SYSTEM" if each.owner == ids.INSTANCE else "ORG"
    return {
        "id": each.id, "details": details(each), "state": "IDP_STATE_ACTIVE",
        "name": thing.name, "owner": f"IDP_OWNER_TYPE_{owner}", "type": f"PROVIDER_TYPE_{kind}",
        "config": {"options": options, **config},
    }  # fmt: skip
