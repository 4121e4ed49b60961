"""Records in the words of v2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zitadel import ids
from sandbox.zitadel.records import Grant, Org
from sandbox.zitadel.wire import Json, Present, count, in_base64

if TYPE_CHECKING:
    from sandbox.zitadel.calls import Call
    from sandbox.zitadel.records import (
        Administrator,
        App,
        Authorization,
        Key,
        Link,
        Member,
        Metadata,
        OrgDomain,
        Project,
        Record,
        Role,
        SignedIn,
        Team,
        User,
    )


def details(record: Record) -> Json:
    return {
        "sequence": count(record.sequence), "changeDate": record.changed,
        "resourceOwner": record.owner, "creationDate": record.created,
    }  # fmt: skip


def dates(record: Record) -> Json:
    return {"creationDate": record.created, "changeDate": record.changed}


def org(call: Call, each: Org) -> Json:
    return {
        "id": each.id, "details": details(each), "state": "ORGANIZATION_STATE_ACTIVE",
        "name": each.name, "primaryDomain": each.domain,
    }  # fmt: skip


def org_domain(call: Call, each: OrgDomain) -> Json:
    kind = "UNSPECIFIED" if each.domain.primary else "DNS"
    return {
        "organizationId": each.owner, "domain": each.id, "isVerified": each.domain.verified,
        "isPrimary": each.domain.primary, "validationType": f"DOMAIN_VALIDATION_TYPE_{kind}",
    }  # fmt: skip


def metadata(call: Call, each: Metadata) -> Json:
    return {**dates(each), "key": each.key, "value": in_base64(each.value)}


def user(call: Call, each: User) -> Json:
    common = {
        "userId": each.id, "state": f"USER_STATE_{'ACTIVE' if each.active else 'INACTIVE'}",
        "username": each.username, "loginNames": [each.username],
        "preferredLoginName": each.username,
    }  # fmt: skip
    kind = {"machine": machine(each)} if each.machine else {"human": {**common, **_human(each)}}
    return {**common, "details": details(each), **kind}


def _human(each: User) -> Json:
    person = each.person
    assert person is not None  # noqa: S101
    phone = {"phone": person.phone, "isVerified": ids.is_phone_verified(person)}
    return {
        "profile": {
            "givenName": person.given, "familyName": person.family, "nickName": Present(""),
            "displayName": Present(person.name), "preferredLanguage": Present("en"),
            "gender": Present("GENDER_UNSPECIFIED"), "avatarUrl": ids.picture(person),
        },
        "email": {"email": person.email, "isVerified": ids.is_email_verified(person)},
        "phone": phone if person.phone else {},
        "passwordChangeRequired": ids.must_change_password(person),
        "passwordChanged": person.created if person.has_password else None,
    }  # fmt: skip


def machine(each: User) -> Json:
    """In v1 it looks the same."""
    thing = each.machine
    assert thing is not None  # noqa: S101
    kind = "JWT" if thing.number % 2 else "BEARER"
    return {
        "name": thing.name, "description": thing.description, "hasSecret": bool(thing.secrets),
        "accessTokenType": f"ACCESS_TOKEN_TYPE_{kind}",
    }  # fmt: skip


def key(call: Call, each: Key) -> Json:
    """A machine key, or a personal access token."""
    return {
        **dates(each), "id": each.id, "userId": each.user.id if each.user else None,
        "organizationId": each.owner, "expirationDate": each.expires,
    }  # fmt: skip


def app_key(call: Call, each: Key) -> Json:
    application, project = each.place_of
    return {
        "keyId": each.id, "applicationId": application, "projectId": project,
        "creationDate": each.created, "organizationId": each.owner,
        "expirationDate": each.expires,
    }  # fmt: skip


def link(call: Call, each: Link) -> Json:
    return {"idpId": each.id, "userId": each.subject, "userName": each.subject}


def project(call: Call, each: Project) -> Json:
    granted: Json = {}
    if each.grant:
        granted = {
            "grantedOrganizationId": each.grant.to.id,
            "grantedOrganizationName": each.grant.to.name,
            "grantedState": "GRANTED_PROJECT_STATE_ACTIVE",
        }
    return {
        "projectId": each.id, "organizationId": each.owner, **dates(each), "name": each.name,
        "state": "PROJECT_STATE_ACTIVE", "projectRoleAssertion": each.number % 2 == 1,
        "authorizationRequired": each.number % 3 == 0,
        "projectAccessRequired": each.number % 5 == 0, **granted,
    }  # fmt: skip


def role(call: Call, each: Role) -> Json:
    return {
        "projectId": each.project.id, "key": each.key, **dates(each),
        "displayName": each.display_name,
    }  # fmt: skip


def grant(call: Call, each: Grant) -> Json:
    return {
        "organizationId": each.owner, **dates(each), "grantedOrganizationId": each.to.id,
        "grantedOrganizationName": each.to.name, "grantedRoleKeys": list(each.keys),
        "projectId": each.project.id, "projectName": each.project.name,
        "state": "PROJECT_GRANT_STATE_ACTIVE",
    }  # fmt: skip


def brief_user(each: User, *, with_picture: bool = False) -> Json:
    picture = ids.picture(each.person) if with_picture and each.person else None
    return {
        "id": each.id, "preferredLoginName": each.username, "displayName": each.display_name,
        "avatarUrl": picture, "organizationId": each.owner,
    }  # fmt: skip


def authorization(call: Call, each: Authorization) -> Json:
    project = {
        "id": each.project.id, "name": each.project.name, "organizationId": each.project.owner,
    }  # fmt: skip
    return {
        "id": each.id, **dates(each), "project": project,
        "organization": {"id": each.org.id, "name": each.org.name},
        "user": brief_user(each.user, with_picture=True), "state": "STATE_ACTIVE",
        "roles": [{"key": role.key, "displayName": role.display_name} for role in each.roles],
    }  # fmt: skip


def administrator(call: Call, each: Administrator) -> Json:
    return {
        **dates(each), "user": brief_user(each.user), **_administrated(each),
        "roles": list(each.roles),
    }  # fmt: skip


def _administrated(each: Administrator) -> Json:
    of = each.of
    if of is None:
        return {"instance": True}
    if isinstance(of, Org):
        return {"organization": {"id": of.id, "name": of.name}}
    if isinstance(of, Grant):
        named = {
            "id": of.id, "projectId": of.project.id, "projectName": of.project.name,
            "organizationId": of.owner, "grantedOrganizationId": of.to.id,
        }  # fmt: skip
        return {"projectGrant": named}
    return {"project": {"id": of.id, "name": of.name, "organizationId": of.owner}}


def app(call: Call, each: App) -> Json:
    thing = each.thing
    state = "ACTIVE" if ids.is_application_active(thing) else "INACTIVE"
    project = each.project.id if call.version >= (4, 10) else None
    names = {
        "oidc": "oidcConfiguration", "api": "apiConfiguration", "saml": "samlConfiguration",
    }  # fmt: skip
    kind, config = configuration(each)
    if kind == "oidc":
        config["applicationType"] = config.pop("appType")
    return {
        "applicationId": each.id, **dates(each), "state": f"APPLICATION_STATE_{state}",
        "name": thing.name, names[kind]: config, "projectId": project,
    }  # fmt: skip


def configuration(each: App) -> tuple[str, Json]:
    """Of which kind an application is, and its settings, in the words of v1."""
    thing = each.thing
    client = ids.client_id(thing)
    if thing.kind == "saml":
        return "saml", {"metadataUrl": f"https://apps.example/{thing.number}/metadata"}
    if thing.kind == "machine":
        method = "BASIC" if thing.number % 2 else "PRIVATE_KEY_JWT"
        return "api", {"clientId": client, "authMethodType": f"API_AUTH_METHOD_TYPE_{method}"}
    types = {"web": "WEB", "spa": "USER_AGENT", "native": "NATIVE"}
    secret = "BASIC" if thing.kind == "web" else "NONE"
    login = {"loginV2": {"baseUri": "https://login.example"}}
    return "oidc", {
        "redirectUris": [f"https://apps.example/{thing.number}/callback"],
        "responseTypes": ["OIDC_RESPONSE_TYPE_CODE"],
        "grantTypes": ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE", "OIDC_GRANT_TYPE_REFRESH_TOKEN"],
        "appType": f"OIDC_APP_TYPE_{types[thing.kind]}", "clientId": client,
        "authMethodType": f"OIDC_AUTH_METHOD_TYPE_{secret}", "version": "OIDC_VERSION_1_0",
        "postLogoutRedirectUris": [f"https://apps.example/{thing.number}/bye"],
        "accessTokenRoleAssertion": thing.third_party, "clockSkew": "0s",
        "loginVersion": login if thing.kind == "native" else None,
    }  # fmt: skip


def session(call: Call, each: SignedIn) -> Json:
    thing, person = each.thing, each.user.person
    at = {"verifiedAt": each.created}
    user = {
        **at, "id": each.user.id, "loginName": each.user.username,
        "displayName": each.user.display_name, "organizationId": each.user.owner,
    }  # fmt: skip
    strong = any(factor.kind == "totp" for factor in person.factors) if person else False
    return {
        "id": each.id, **dates(each), "sequence": count(each.sequence),
        "factors": {
            "user": user, "password": at if person and person.has_password else None,
            "totp": at if strong else None,
        },
        "userAgent": {
            "fingerprintId": ids.identifier("browser", thing.user_agent), "ip": thing.ip,
            "description": thing.user_agent,
            "header": {"user-agent": {"values": [thing.user_agent]}},
        },
        "expirationDate": thing.expires,
    }  # fmt: skip


def team(call: Call, each: Team) -> Json:
    return {"id": each.id, "name": each.name, "organizationId": each.owner, **dates(each)}


def member(call: Call, each: Member) -> Json:
    return {
        "groupId": each.team.id, "organizationId": each.owner,
        "user": brief_user(each.user, with_picture=True), "creationDate": each.created,
    }  # fmt: skip
