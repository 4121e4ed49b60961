"""What comes out of ZITADEL's messages: for each stream its columns, in v2 and in v1."""

from __future__ import annotations

from tap_zitadel.proto import Columns, enum, flag, maybe, text, texts

TIMES = {"creation_date": maybe("creationDate"), "change_date": maybe("changeDate")}

DETAILS = {
    "creation_date": maybe("details.creationDate"),
    "change_date": maybe("details.changeDate"),
}

OWNED = {"organization_id": text("details.resourceOwner"), **DETAILS}

INSTANCE = Columns(
    id=text("id"),
    name=text("name"),
    server_version=text("version"),
    state=enum("state", "STATE_UNSPECIFIED"),
    **DETAILS,
)

ORGANIZATIONS = Columns(
    id=text("id"),
    name=text("name"),
    primary_domain=text("primaryDomain"),
    state=enum("state", "ORGANIZATION_STATE_UNSPECIFIED"),
    **DETAILS,
)

ORGANIZATION_DOMAINS_V2 = Columns(
    "organizationId",
    domain=text("domain"),
    is_verified=flag("isVerified"),
    is_primary=flag("isPrimary"),
    validation_type=enum("validationType", "DOMAIN_VALIDATION_TYPE_UNSPECIFIED"),
)

ORGANIZATION_DOMAINS_V1 = Columns(
    "orgId",
    "details",
    domain=text("domainName"),
    is_verified=flag("isVerified"),
    is_primary=flag("isPrimary"),
    validation_type=enum("validationType", "DOMAIN_VALIDATION_TYPE_UNSPECIFIED"),
)

METADATA_V2 = Columns(
    key=text("key"), value=text("value"),
    creation_date=maybe("creationDate"), change_date=maybe("changeDate"),
)  # fmt: skip

METADATA_V1 = Columns(key=text("key"), value=text("value"), **DETAILS)

GROUPS_V2 = Columns(
    id=text("id"),
    organization_id=text("organizationId"),
    name=text("name"),
    description=text("description"),
    **TIMES,
)

GROUP_USERS_V2 = Columns(
    "groupId",
    "user",
    user_id=text("user.id"),
    organization_id=text("organizationId"),
    creation_date=maybe("creationDate"),
)

SESSIONS_V2 = Columns(
    "sequence",
    "factors",
    "metadata",
    "userAgent",
    id=text("id"),
    user_id=text("factors.user.id"),
    organization_id=text("factors.user.organizationId"),
    user_verified_at=maybe("factors.user.verifiedAt"),
    password_verified_at=maybe("factors.password.verifiedAt"),
    passkey_verified_at=maybe("factors.webAuthN.verifiedAt"),
    idp_verified_at=maybe("factors.intent.verifiedAt"),
    totp_verified_at=maybe("factors.totp.verifiedAt"),
    otp_sms_verified_at=maybe("factors.otpSms.verifiedAt"),
    otp_email_verified_at=maybe("factors.otpEmail.verifiedAt"),
    ip=maybe("userAgent.ip"),
    user_agent=maybe("userAgent.description"),
    expiration_date=maybe("expirationDate"),
    **TIMES,
)

EITHER = {
    "state": enum("state", "USER_STATE_UNSPECIFIED"),
    "login_names": texts("loginNames"),
    "preferred_login_name": text("preferredLoginName"),
    "type": maybe("type"),
    "nick_name": text("human.profile.nickName"),
    "display_name": text("human.profile.displayName"),
    "preferred_language": text("human.profile.preferredLanguage"),
    "gender": enum("human.profile.gender", "GENDER_UNSPECIFIED"),
    "avatar_url": text("human.profile.avatarUrl"),
    "email": text("human.email.email"),
    "phone": text("human.phone.phone"),
    "password_changed": maybe("human.passwordChanged"),
    "machine_name": text("machine.name"),
    "machine_description": text("machine.description"),
    "machine_has_secret": flag("machine.hasSecret"),
    "machine_access_token_type": enum("machine.accessTokenType", "ACCESS_TOKEN_TYPE_BEARER"),
    **OWNED,
}
"""Columns for which both versions have the same fields."""

USERS_V2 = Columns(
    "human",
    "machine",
    id=text("userId"),
    username=text("username"),
    given_name=text("human.profile.givenName"),
    family_name=text("human.profile.familyName"),
    is_email_verified=flag("human.email.isVerified"),
    is_phone_verified=flag("human.phone.isVerified"),
    password_change_required=flag("human.passwordChangeRequired"),
    mfa_init_skipped=maybe("human.mfaInitSkipped"),
    **EITHER,
)

USERS_V1 = Columns(
    "human",
    "machine",
    id=text("id"),
    username=text("userName"),
    given_name=text("human.profile.firstName"),
    family_name=text("human.profile.lastName"),
    is_email_verified=flag("human.email.isEmailVerified"),
    is_phone_verified=flag("human.phone.isPhoneVerified"),
    **EITHER,
)

USER_IDP_LINKS_V2 = Columns(
    idp_id=text("idpId"),
    provided_user_id=text("userId"),
    provided_user_name=text("userName"),
)

USER_IDP_LINKS_V1 = Columns(
    "userId",
    "idpName",
    "idpType",
    idp_id=text("idpId"),
    provided_user_id=text("providedUserId"),
    provided_user_name=text("providedUserName"),
)

LABELING = "PRIVATE_LABELING_SETTING_UNSPECIFIED"

PROJECTS_V2 = Columns(
    "grantedOrganizationName",
    "grantedState",
    id=text("projectId"),
    organization_id=text("organizationId"),
    name=text("name"),
    state=enum("state", "PROJECT_STATE_UNSPECIFIED"),
    project_role_assertion=flag("projectRoleAssertion"),
    authorization_required=flag("authorizationRequired"),
    project_access_required=flag("projectAccessRequired"),
    private_labeling_setting=enum("privateLabelingSetting", LABELING),
    granted_organization_id=maybe("grantedOrganizationId"),
    **TIMES,
)

PROJECTS_V1 = Columns(
    id=text("id"),
    name=text("name"),
    state=enum("state", "PROJECT_STATE_UNSPECIFIED"),
    project_role_assertion=flag("projectRoleAssertion"),
    authorization_required=flag("projectRoleCheck"),
    project_access_required=flag("hasProjectCheck"),
    private_labeling_setting=enum("privateLabelingSetting", LABELING),
    **OWNED,
)

PROJECT_ROLES_V2 = Columns(
    "projectId",
    key=text("key"),
    display_name=text("displayName"),
    role_group=text("group"),
    **TIMES,
)

PROJECT_ROLES_V1 = Columns(
    key=text("key"), display_name=text("displayName"), role_group=text("group"), **DETAILS
)

PROJECT_GRANTS_V2 = Columns(
    project_id=text("projectId"),
    project_name=text("projectName"),
    organization_id=text("organizationId"),
    granted_organization_id=text("grantedOrganizationId"),
    granted_organization_name=text("grantedOrganizationName"),
    granted_role_keys=texts("grantedRoleKeys"),
    state=enum("state", "PROJECT_GRANT_STATE_UNSPECIFIED"),
    **TIMES,
)

PROJECT_GRANTS_V1 = Columns(
    "projectOwnerId",
    "projectOwnerName",
    grant_id=text("grantId"),
    project_id=text("projectId"),
    project_name=text("projectName"),
    granted_organization_id=text("grantedOrgId"),
    granted_organization_name=text("grantedOrgName"),
    granted_role_keys=texts("grantedRoleKeys"),
    state=enum("state", "PROJECT_GRANT_STATE_UNSPECIFIED"),
    **OWNED,
)

AUTHORIZATIONS_V2 = Columns(
    "project",
    "organization",
    "user",
    id=text("id"),
    user_id=text("user.id"),
    user_organization_id=text("user.organizationId"),
    organization_id=text("organization.id"),
    project_id=text("project.id"),
    project_organization_id=text("project.organizationId"),
    state=enum("state", "STATE_UNSPECIFIED"),
    roles=maybe("roles"),
    **TIMES,
)

AUTHORIZATIONS_V1 = Columns(
    "userName",
    "firstName",
    "lastName",
    "email",
    "displayName",
    "orgName",
    "orgDomain",
    "projectName",
    "projectGrantId",
    "avatarUrl",
    "preferredLoginName",
    "userType",
    "grantedOrgName",
    "grantedOrgDomain",
    "orgId",
    "grantedOrgId",
    id=text("id"),
    user_id=text("userId"),
    project_id=text("projectId"),
    state=enum("state", "STATE_UNSPECIFIED"),
    roles=texts("roleKeys"),
    **OWNED,
)

MEMBER = Columns(
    "preferredLoginName", "email", "firstName", "lastName", "displayName", "avatarUrl",
    "userType", "details",
    user_id=text("userId"),
    user_organization_id=text("userResourceOwner"),
    roles=texts("roles"),
    creation_date=maybe("details.creationDate"),
    change_date=maybe("details.changeDate"),
)  # fmt: skip

ADMINISTRATORS_V2 = Columns(
    "user",
    "organization",
    "project",
    "projectGrant",
    "instance",
    user_id=text("user.id"),
    user_organization_id=text("user.organizationId"),
    roles=texts("roles"),
    on_instance=flag("instance"),
    on_organization=maybe("organization.id"),
    on_project=maybe("project.id"),
    project_owner=maybe("project.organizationId"),
    grant_project=maybe("projectGrant.projectId"),
    grant_owner=maybe("projectGrant.organizationId"),
    grant_organization=maybe("projectGrant.grantedOrganizationId"),
    **TIMES,
)

KEY_V2 = {
    "id": text("id"),
    "user_id": text("userId"),
    "organization_id": text("organizationId"),
    "expiration_date": maybe("expirationDate"),
    **TIMES,
}

KEY_V1 = {"id": text("id"), "expiration_date": maybe("expirationDate"), **OWNED}

PERSONAL_ACCESS_TOKENS_V2 = Columns(**KEY_V2)

PERSONAL_ACCESS_TOKENS_V1 = Columns("scopes", **KEY_V1)

MACHINE_KEYS_V2 = Columns(**KEY_V2)

MACHINE_KEYS_V1 = Columns("type", **KEY_V1)

APPLICATIONS_V2 = Columns(
    id=text("applicationId"),
    project_id=text("projectId"),
    name=text("name"),
    state=enum("state", "APPLICATION_STATE_UNSPECIFIED"),
    configuration=maybe("configuration"),
    **TIMES,
)

APPLICATIONS_V1 = Columns(
    id=text("id"),
    name=text("name"),
    state=enum("state", "APPLICATION_STATE_UNSPECIFIED"),
    configuration=maybe("configuration"),
    **OWNED,
)

APPLICATION_KEYS_V2 = Columns(
    id=text("keyId"),
    application_id=text("applicationId"),
    project_id=text("projectId"),
    organization_id=text("organizationId"),
    creation_date=maybe("creationDate"),
    expiration_date=maybe("expirationDate"),
)

APPLICATION_KEYS_V1 = Columns(
    "type",
    "details",
    id=text("id"),
    expiration_date=maybe("expirationDate"),
    organization_id=text("details.resourceOwner"),
    creation_date=maybe("details.creationDate"),
)

IDENTITY_PROVIDERS = Columns(
    "config",
    id=text("id"),
    name=text("name"),
    state=enum("state", "IDP_STATE_UNSPECIFIED"),
    owner=enum("owner", "IDP_OWNER_TYPE_UNSPECIFIED"),
    type=enum("type", "PROVIDER_TYPE_UNSPECIFIED"),
    is_linking_allowed=flag("config.options.isLinkingAllowed"),
    is_creation_allowed=flag("config.options.isCreationAllowed"),
    is_auto_creation=flag("config.options.isAutoCreation"),
    is_auto_update=flag("config.options.isAutoUpdate"),
    **OWNED,
)

EVENTS = Columns(
    "aggregate",
    "editor",
    "type",
    aggregate_type=text("aggregate.type.type"),
    aggregate_id=text("aggregate.id"),
    organization_id=text("aggregate.resourceOwner"),
    sequence=text("sequence"),
    creation_date=maybe("creationDate"),
    event_type=text("type.type"),
    editor_user_id=text("editor.userId"),
    editor_display_name=text("editor.displayName"),
    editor_service=text("editor.service"),
    payload=maybe("payload"),
)
