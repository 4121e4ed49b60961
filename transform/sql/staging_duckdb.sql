-- generated (make docs)
-- Staging views: the rows of each stream that are there now. They are those of the dbt project for
-- tables that a loader for Singer (such as target-postgres) keeps up to date by their keys.
--
-- Change what does not suit: tap_kinde, tap_logto, tap_rudderstack and tap_zitadel are the schemas
-- that the taps load into, identity_staging is where the views go. Each statement stands alone:
-- that of a stream that is not loaded fails, and the others do not need it.

create schema if not exists identity_staging;

create or replace macro identity_staging.jsonb_array_elements(list) as unnest(json_extract(list, '$[*]'));
create or replace macro identity_staging.jsonb_array_elements_text(list) as unnest(json_extract_string(list, '$[*]'));
create or replace macro identity_staging.jsonb_array_length(list) as json_array_length(list);

create or replace view identity_staging.stg_kinde__sync_runs as
select
    'kinde' as "source_id",
    r."sync_id" as "sync_id",
    r."stream" as "stream",
    r."started_at" as "started_at",
    r."ended_at" as "ended_at",
    r."mode" as "mode",
    r."status" as "status",
    r."reason" as "reason",
    r."row_count" as "row_count",
    r."repeats" as "repeats",
    r."server_total" as "server_total",
    r."requests" as "requests",
    r."unknown_fields" as "unknown_fields",
    cast(r."coverage" as json) as "coverage"
from tap_kinde."sync_runs" as r;

create or replace view identity_staging.stg_kinde__users as
select
    'kinde' as "source_id",
    r."id" as "id",
    r."provided_id" as "provided_id",
    r."email" as "email",
    r."phone" as "phone",
    r."username" as "username",
    r."first_name" as "first_name",
    r."last_name" as "last_name",
    r."is_suspended" as "is_suspended",
    r."picture" as "picture",
    r."total_sign_ins" as "total_sign_ins",
    r."failed_sign_ins" as "failed_sign_ins",
    r."last_signed_in" as "last_signed_in",
    r."created_on" as "created_on",
    cast(r."last_organization_sign_ins" as json) as "last_organization_sign_ins",
    r."_sync_id" as "sync_id"
from tap_kinde."users" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'users' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__user_identities as
select
    'kinde' as "source_id",
    r."user_id" as "user_id",
    r."type" as "type",
    r."identity" as "identity",
    r."connection_id" as "connection_id",
    r."_sync_id" as "sync_id"
from tap_kinde."user_identities" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'user_identities' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__user_organizations as
select
    'kinde' as "source_id",
    r."user_id" as "user_id",
    r."org_code" as "org_code",
    r."_sync_id" as "sync_id"
from tap_kinde."user_organizations" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'user_organizations' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__organizations as
select
    'kinde' as "source_id",
    r."code" as "code",
    r."name" as "name",
    r."handle" as "handle",
    r."is_default" as "is_default",
    r."external_id" as "external_id",
    r."is_auto_membership_enabled" as "is_auto_membership_enabled",
    r."_sync_id" as "sync_id"
from tap_kinde."organizations" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'organizations' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__organization_users as
select
    'kinde' as "source_id",
    r."org_code" as "org_code",
    r."id" as "id",
    r."email" as "email",
    r."full_name" as "full_name",
    r."first_name" as "first_name",
    r."last_name" as "last_name",
    r."picture" as "picture",
    r."joined_on" as "joined_on",
    r."last_accessed_on" as "last_accessed_on",
    r."is_suspended" as "is_suspended",
    cast(r."roles" as json) as "roles",
    r."_sync_id" as "sync_id"
from tap_kinde."organization_users" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'organization_users' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__roles as
select
    'kinde' as "source_id",
    r."id" as "id",
    r."key" as "key",
    r."name" as "name",
    r."description" as "description",
    r."is_default_role" as "is_default_role",
    r."_sync_id" as "sync_id"
from tap_kinde."roles" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'roles' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__role_users as
select
    'kinde' as "source_id",
    r."role_id" as "role_id",
    r."user_id" as "user_id",
    r."org_code" as "org_code",
    r."_sync_id" as "sync_id"
from tap_kinde."role_users" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'role_users' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__role_permissions as
select
    'kinde' as "source_id",
    r."role_id" as "role_id",
    r."id" as "id",
    r."key" as "key",
    r."name" as "name",
    r."description" as "description",
    r."_sync_id" as "sync_id"
from tap_kinde."role_permissions" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'role_permissions' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__permissions as
select
    'kinde' as "source_id",
    r."id" as "id",
    r."key" as "key",
    r."name" as "name",
    r."description" as "description",
    r."_sync_id" as "sync_id"
from tap_kinde."permissions" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'permissions' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__applications as
select
    'kinde' as "source_id",
    r."id" as "id",
    r."name" as "name",
    r."type" as "type",
    r."_sync_id" as "sync_id"
from tap_kinde."applications" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'applications' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__apis as
select
    'kinde' as "source_id",
    r."id" as "id",
    r."name" as "name",
    r."audience" as "audience",
    r."is_management_api" as "is_management_api",
    cast(r."scopes" as json) as "scopes",
    r."_sync_id" as "sync_id"
from tap_kinde."apis" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'apis' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__connections as
select
    'kinde' as "source_id",
    r."id" as "id",
    r."name" as "name",
    r."display_name" as "display_name",
    r."strategy" as "strategy",
    r."_sync_id" as "sync_id"
from tap_kinde."connections" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'connections' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__user_sign_ins as
select
    'kinde' as "source_id",
    r."user_id" as "user_id",
    r."last_signed_in" as "last_signed_in",
    r."total_sign_ins" as "total_sign_ins",
    r."failed_sign_ins" as "failed_sign_ins",
    cast(r."last_organization_sign_ins" as json) as "last_organization_sign_ins",
    r."_sync_id" as "sync_id"
from tap_kinde."user_sign_ins" as r;

create or replace view identity_staging.stg_kinde__user_properties as
select
    'kinde' as "source_id",
    r."user_id" as "user_id",
    r."key" as "key",
    r."value" as "value",
    r."_sync_id" as "sync_id"
from tap_kinde."user_properties" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'user_properties' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__user_api_scopes as
select
    'kinde' as "source_id",
    r."user_id" as "user_id",
    r."org_code" as "org_code",
    r."api_id" as "api_id",
    r."scope" as "scope",
    r."_sync_id" as "sync_id"
from tap_kinde."user_api_scopes" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'user_api_scopes' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__user_identity_details as
select
    'kinde' as "source_id",
    r."user_id" as "user_id",
    r."id" as "id",
    r."type" as "type",
    r."name" as "name",
    r."email" as "email",
    r."connection_id" as "connection_id",
    r."is_confirmed" as "is_confirmed",
    r."is_primary" as "is_primary",
    r."total_logins" as "total_logins",
    r."last_login_on" as "last_login_on",
    r."created_on" as "created_on",
    r."_sync_id" as "sync_id"
from tap_kinde."user_identity_details" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'user_identity_details' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__user_sessions as
select
    'kinde' as "source_id",
    r."user_id" as "user_id",
    r."session_id" as "session_id",
    r."org_code" as "org_code",
    r."client_id" as "client_id",
    r."connection_id" as "connection_id",
    r."started_on" as "started_on",
    r."updated_on" as "updated_on",
    r."expires_on" as "expires_on",
    r."initial_ip_address" as "initial_ip_address",
    r."last_ip_address" as "last_ip_address",
    r."initial_user_agent" as "initial_user_agent",
    r."last_user_agent" as "last_user_agent",
    r."_sync_id" as "sync_id"
from tap_kinde."user_sessions" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'user_sessions' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__user_mfa as
select
    'kinde' as "source_id",
    r."user_id" as "user_id",
    r."id" as "id",
    r."type" as "type",
    r."name" as "name",
    r."is_verified" as "is_verified",
    r."usage_count" as "usage_count",
    r."created_on" as "created_on",
    r."last_used_on" as "last_used_on",
    r."_sync_id" as "sync_id"
from tap_kinde."user_mfa" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'user_mfa' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__organization_details as
select
    'kinde' as "source_id",
    r."code" as "code",
    r."name" as "name",
    r."handle" as "handle",
    r."is_default" as "is_default",
    r."external_id" as "external_id",
    r."is_auto_membership_enabled" as "is_auto_membership_enabled",
    cast(r."allowed_domains" as json) as "allowed_domains",
    r."is_allow_registrations" as "is_allow_registrations",
    r."is_suspended" as "is_suspended",
    r."suspended_on" as "suspended_on",
    r."sender_name" as "sender_name",
    r."sender_email" as "sender_email",
    r."created_on" as "created_on",
    r."_sync_id" as "sync_id"
from tap_kinde."organization_details" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'organization_details' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__organization_user_permissions as
select
    'kinde' as "source_id",
    r."org_code" as "org_code",
    r."user_id" as "user_id",
    r."id" as "id",
    r."key" as "key",
    r."name" as "name",
    r."description" as "description",
    cast(r."roles" as json) as "roles",
    r."_sync_id" as "sync_id"
from tap_kinde."organization_user_permissions" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'organization_user_permissions' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__organization_user_mfa as
select
    'kinde' as "source_id",
    r."org_code" as "org_code",
    r."user_id" as "user_id",
    r."id" as "id",
    r."type" as "type",
    r."name" as "name",
    r."is_verified" as "is_verified",
    r."usage_count" as "usage_count",
    r."created_on" as "created_on",
    r."last_used_on" as "last_used_on",
    r."_sync_id" as "sync_id"
from tap_kinde."organization_user_mfa" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'organization_user_mfa' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__organization_invites as
select
    'kinde' as "source_id",
    r."org_code" as "org_code",
    r."id" as "id",
    r."email" as "email",
    r."first_name" as "first_name",
    r."last_name" as "last_name",
    r."full_name" as "full_name",
    r."is_sent" as "is_sent",
    r."is_revoked" as "is_revoked",
    r."accepted_on" as "accepted_on",
    r."created_on" as "created_on",
    cast(r."roles" as json) as "roles",
    r."_sync_id" as "sync_id"
from tap_kinde."organization_invites" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'organization_invites' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__organization_connections as
select
    'kinde' as "source_id",
    r."org_code" as "org_code",
    r."id" as "id",
    r."name" as "name",
    r."display_name" as "display_name",
    r."strategy" as "strategy",
    r."_sync_id" as "sync_id"
from tap_kinde."organization_connections" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'organization_connections' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__role_scopes as
select
    'kinde' as "source_id",
    r."role_id" as "role_id",
    r."id" as "id",
    r."key" as "key",
    r."description" as "description",
    r."api_id" as "api_id",
    r."_sync_id" as "sync_id"
from tap_kinde."role_scopes" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'role_scopes' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__role_system_permissions as
select
    'kinde' as "source_id",
    r."role_id" as "role_id",
    r."id" as "id",
    r."key" as "key",
    r."name" as "name",
    r."description" as "description",
    r."_sync_id" as "sync_id"
from tap_kinde."role_system_permissions" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'role_system_permissions' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__system_permissions as
select
    'kinde' as "source_id",
    r."id" as "id",
    r."key" as "key",
    r."name" as "name",
    r."description" as "description",
    r."_sync_id" as "sync_id"
from tap_kinde."system_permissions" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'system_permissions' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__application_access_roles as
select
    'kinde' as "source_id",
    r."application_id" as "application_id",
    r."id" as "id",
    r."key" as "key",
    r."name" as "name",
    r."description" as "description",
    r."_sync_id" as "sync_id"
from tap_kinde."application_access_roles" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'application_access_roles' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__application_connections as
select
    'kinde' as "source_id",
    r."application_id" as "application_id",
    r."id" as "id",
    r."name" as "name",
    r."display_name" as "display_name",
    r."strategy" as "strategy",
    r."_sync_id" as "sync_id"
from tap_kinde."application_connections" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'application_connections' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__api_applications as
select
    'kinde' as "source_id",
    r."api_id" as "api_id",
    r."id" as "id",
    r."name" as "name",
    r."type" as "type",
    r."is_active" as "is_active",
    r."_sync_id" as "sync_id"
from tap_kinde."api_applications" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'api_applications' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__api_scopes as
select
    'kinde' as "source_id",
    r."api_id" as "api_id",
    r."id" as "id",
    r."key" as "key",
    r."description" as "description",
    r."_sync_id" as "sync_id"
from tap_kinde."api_scopes" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'api_scopes' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__directories as
select
    'kinde' as "source_id",
    r."id" as "id",
    r."directory_name" as "directory_name",
    r."directory_endpoint_id" as "directory_endpoint_id",
    r."status" as "status",
    r."organization_code" as "organization_code",
    r."enterprise_connection_id" as "enterprise_connection_id",
    r."enterprise_connection_name" as "enterprise_connection_name",
    r."last_sync_started_at" as "last_sync_started_at",
    r."last_sync_completed_at" as "last_sync_completed_at",
    r."last_sync_error" as "last_sync_error",
    r."created_on" as "created_on",
    r."_sync_id" as "sync_id"
from tap_kinde."directories" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'directories' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_kinde__api_keys as
select
    'kinde' as "source_id",
    r."id" as "id",
    r."name" as "name",
    r."type" as "type",
    r."status" as "status",
    r."key_prefix" as "key_prefix",
    r."key_suffix" as "key_suffix",
    r."created_by" as "created_by",
    r."created_on" as "created_on",
    r."last_verified_on" as "last_verified_on",
    r."last_verified_ip" as "last_verified_ip",
    cast(r."api_ids" as json) as "api_ids",
    cast(r."scopes" as json) as "scopes",
    r."_sync_id" as "sync_id"
from tap_kinde."api_keys" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_kinde.sync_runs
    where stream = 'api_keys' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__sync_runs as
select
    'logto' as "source_id",
    r."sync_id" as "sync_id",
    r."stream" as "stream",
    r."started_at" as "started_at",
    r."ended_at" as "ended_at",
    r."mode" as "mode",
    r."status" as "status",
    r."reason" as "reason",
    r."row_count" as "row_count",
    r."repeats" as "repeats",
    r."server_total" as "server_total",
    r."requests" as "requests",
    r."unknown_fields" as "unknown_fields",
    cast(r."coverage" as json) as "coverage"
from tap_logto."sync_runs" as r;

create or replace view identity_staging.stg_logto__users as
select
    'logto' as "source_id",
    r."id" as "id",
    r."username" as "username",
    r."primary_email" as "primary_email",
    r."primary_phone" as "primary_phone",
    r."name" as "name",
    r."avatar" as "avatar",
    cast(r."custom_data" as json) as "custom_data",
    cast(r."identities" as json) as "identities",
    r."last_sign_in_at" as "last_sign_in_at",
    r."created_at" as "created_at",
    r."updated_at" as "updated_at",
    cast(r."profile" as json) as "profile",
    r."application_id" as "application_id",
    r."cimd_client_id" as "cimd_client_id",
    r."is_suspended" as "is_suspended",
    r."has_password" as "has_password",
    r."has_security_verification_method" as "has_security_verification_method",
    r."_sync_id" as "sync_id"
from tap_logto."users" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'users' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__user_identities as
select
    'logto' as "source_id",
    r."user_id" as "user_id",
    r."target" as "target",
    r."identity_user_id" as "identity_user_id",
    cast(r."details" as json) as "details",
    r."_sync_id" as "sync_id"
from tap_logto."user_identities" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'user_identities' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__roles as
select
    'logto' as "source_id",
    r."id" as "id",
    r."tenant_id" as "tenant_id",
    r."name" as "name",
    r."description" as "description",
    r."type" as "type",
    r."is_default" as "is_default",
    r."users_count" as "users_count",
    r."applications_count" as "applications_count",
    r."_sync_id" as "sync_id"
from tap_logto."roles" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'roles' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__role_users as
select
    'logto' as "source_id",
    r."role_id" as "role_id",
    r."user_id" as "user_id",
    r."_sync_id" as "sync_id"
from tap_logto."role_users" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'role_users' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__role_applications as
select
    'logto' as "source_id",
    r."role_id" as "role_id",
    r."application_id" as "application_id",
    r."_sync_id" as "sync_id"
from tap_logto."role_applications" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'role_applications' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__role_scopes as
select
    'logto' as "source_id",
    r."role_id" as "role_id",
    r."scope_id" as "scope_id",
    r."scope_name" as "scope_name",
    r."resource_id" as "resource_id",
    r."_sync_id" as "sync_id"
from tap_logto."role_scopes" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'role_scopes' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__resources as
select
    'logto' as "source_id",
    r."id" as "id",
    r."tenant_id" as "tenant_id",
    r."name" as "name",
    r."indicator" as "indicator",
    r."is_default" as "is_default",
    r."access_token_ttl" as "access_token_ttl",
    r."_sync_id" as "sync_id"
from tap_logto."resources" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'resources' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__scopes as
select
    'logto' as "source_id",
    r."id" as "id",
    r."tenant_id" as "tenant_id",
    r."resource_id" as "resource_id",
    r."name" as "name",
    r."description" as "description",
    r."created_at" as "created_at",
    r."_sync_id" as "sync_id"
from tap_logto."scopes" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'scopes' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organizations as
select
    'logto' as "source_id",
    r."id" as "id",
    r."tenant_id" as "tenant_id",
    r."name" as "name",
    r."description" as "description",
    cast(r."custom_data" as json) as "custom_data",
    r."is_mfa_required" as "is_mfa_required",
    cast(r."color" as json) as "color",
    cast(r."branding" as json) as "branding",
    r."created_at" as "created_at",
    r."users_count" as "users_count",
    r."_sync_id" as "sync_id"
from tap_logto."organizations" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organizations' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organization_memberships as
select
    'logto' as "source_id",
    r."organization_id" as "organization_id",
    r."user_id" as "user_id",
    cast(r."organization_roles" as json) as "organization_roles",
    r."_sync_id" as "sync_id"
from tap_logto."organization_memberships" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organization_memberships' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organization_member_roles as
select
    'logto' as "source_id",
    r."organization_id" as "organization_id",
    r."user_id" as "user_id",
    r."organization_role_id" as "organization_role_id",
    r."organization_role_name" as "organization_role_name",
    r."_sync_id" as "sync_id"
from tap_logto."organization_member_roles" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organization_member_roles' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organization_roles as
select
    'logto' as "source_id",
    r."id" as "id",
    r."tenant_id" as "tenant_id",
    r."name" as "name",
    r."description" as "description",
    r."type" as "type",
    r."_sync_id" as "sync_id"
from tap_logto."organization_roles" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organization_roles' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organization_role_scopes as
select
    'logto' as "source_id",
    r."organization_role_id" as "organization_role_id",
    r."scope_id" as "scope_id",
    r."scope_name" as "scope_name",
    r."_sync_id" as "sync_id"
from tap_logto."organization_role_scopes" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organization_role_scopes' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organization_role_resource_scopes as
select
    'logto' as "source_id",
    r."organization_role_id" as "organization_role_id",
    r."scope_id" as "scope_id",
    r."scope_name" as "scope_name",
    r."resource_id" as "resource_id",
    r."resource_name" as "resource_name",
    r."_sync_id" as "sync_id"
from tap_logto."organization_role_resource_scopes" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organization_role_resource_scopes' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organization_scopes as
select
    'logto' as "source_id",
    r."id" as "id",
    r."tenant_id" as "tenant_id",
    r."name" as "name",
    r."description" as "description",
    r."_sync_id" as "sync_id"
from tap_logto."organization_scopes" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organization_scopes' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organization_applications as
select
    'logto' as "source_id",
    r."organization_id" as "organization_id",
    r."application_id" as "application_id",
    cast(r."organization_roles" as json) as "organization_roles",
    r."_sync_id" as "sync_id"
from tap_logto."organization_applications" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organization_applications' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organization_application_roles as
select
    'logto' as "source_id",
    r."organization_id" as "organization_id",
    r."application_id" as "application_id",
    r."organization_role_id" as "organization_role_id",
    r."organization_role_name" as "organization_role_name",
    r."_sync_id" as "sync_id"
from tap_logto."organization_application_roles" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organization_application_roles' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organization_invitations as
select
    'logto' as "source_id",
    r."id" as "id",
    r."tenant_id" as "tenant_id",
    r."inviter_id" as "inviter_id",
    r."invitee" as "invitee",
    r."accepted_user_id" as "accepted_user_id",
    r."organization_id" as "organization_id",
    r."status" as "status",
    r."created_at" as "created_at",
    r."updated_at" as "updated_at",
    r."expires_at" as "expires_at",
    cast(r."organization_roles" as json) as "organization_roles",
    r."_sync_id" as "sync_id"
from tap_logto."organization_invitations" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organization_invitations' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organization_jit_email_domains as
select
    'logto' as "source_id",
    r."organization_id" as "organization_id",
    r."email_domain" as "email_domain",
    r."_sync_id" as "sync_id"
from tap_logto."organization_jit_email_domains" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organization_jit_email_domains' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organization_jit_roles as
select
    'logto' as "source_id",
    r."organization_id" as "organization_id",
    r."organization_role_id" as "organization_role_id",
    r."organization_role_name" as "organization_role_name",
    r."_sync_id" as "sync_id"
from tap_logto."organization_jit_roles" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organization_jit_roles' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__organization_jit_sso_connectors as
select
    'logto' as "source_id",
    r."organization_id" as "organization_id",
    r."sso_connector_id" as "sso_connector_id",
    r."connector_name" as "connector_name",
    r."_sync_id" as "sync_id"
from tap_logto."organization_jit_sso_connectors" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'organization_jit_sso_connectors' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__applications as
select
    'logto' as "source_id",
    r."id" as "id",
    r."tenant_id" as "tenant_id",
    r."name" as "name",
    r."description" as "description",
    r."type" as "type",
    r."is_third_party" as "is_third_party",
    r."app_level_access_control_enabled" as "app_level_access_control_enabled",
    cast(r."oidc_client_metadata" as json) as "oidc_client_metadata",
    cast(r."custom_client_metadata" as json) as "custom_client_metadata",
    cast(r."protected_app_metadata" as json) as "protected_app_metadata",
    cast(r."custom_data" as json) as "custom_data",
    r."created_at" as "created_at",
    r."_sync_id" as "sync_id"
from tap_logto."applications" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'applications' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__application_secrets as
select
    'logto' as "source_id",
    r."application_id" as "application_id",
    r."name" as "name",
    r."created_at" as "created_at",
    r."expires_at" as "expires_at",
    r."_sync_id" as "sync_id"
from tap_logto."application_secrets" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'application_secrets' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__connectors as
select
    'logto' as "source_id",
    r."id" as "id",
    r."connector_id" as "connector_id",
    r."target" as "target",
    r."type" as "type",
    cast(r."name" as json) as "name",
    r."platform" as "platform",
    r."sync_profile" as "sync_profile",
    r."enable_token_storage" as "enable_token_storage",
    r."is_token_storage_supported" as "is_token_storage_supported",
    r."is_standard" as "is_standard",
    r."is_demo" as "is_demo",
    r."from_email" as "from_email",
    r."usage" as "usage",
    r."_sync_id" as "sync_id"
from tap_logto."connectors" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'connectors' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__sso_connectors as
select
    'logto' as "source_id",
    r."id" as "id",
    r."tenant_id" as "tenant_id",
    r."connector_name" as "connector_name",
    r."name" as "name",
    r."provider_name" as "provider_name",
    r."provider_type" as "provider_type",
    r."issuer" as "issuer",
    cast(r."domains" as json) as "domains",
    r."sync_profile" as "sync_profile",
    r."enable_token_storage" as "enable_token_storage",
    r."created_at" as "created_at",
    r."_sync_id" as "sync_id"
from tap_logto."sso_connectors" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'sso_connectors' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__hooks as
select
    'logto' as "source_id",
    r."id" as "id",
    r."tenant_id" as "tenant_id",
    r."name" as "name",
    r."event" as "event",
    cast(r."events" as json) as "events",
    r."host" as "host",
    r."enabled" as "enabled",
    r."created_at" as "created_at",
    r."_sync_id" as "sync_id"
from tap_logto."hooks" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'hooks' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__audit_logs as
select
    'logto' as "source_id",
    r."id" as "id",
    r."created_at" as "created_at",
    r."tenant_id" as "tenant_id",
    r."key" as "key",
    r."result" as "result",
    r."error_code" as "error_code",
    r."user_id" as "user_id",
    r."application_id" as "application_id",
    r."session_id" as "session_id",
    r."ip" as "ip",
    r."user_agent" as "user_agent",
    cast(r."payload" as json) as "payload",
    r."_sync_id" as "sync_id"
from tap_logto."audit_logs" as r;

create or replace view identity_staging.stg_logto__user_mfa_verifications as
select
    'logto' as "source_id",
    r."user_id" as "user_id",
    r."id" as "id",
    r."type" as "type",
    r."name" as "name",
    r."agent" as "agent",
    r."remain_codes" as "remain_codes",
    r."created_at" as "created_at",
    r."last_used_at" as "last_used_at",
    r."_sync_id" as "sync_id"
from tap_logto."user_mfa_verifications" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'user_mfa_verifications' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__user_personal_access_tokens as
select
    'logto' as "source_id",
    r."user_id" as "user_id",
    r."name" as "name",
    r."created_at" as "created_at",
    r."expires_at" as "expires_at",
    r."_sync_id" as "sync_id"
from tap_logto."user_personal_access_tokens" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'user_personal_access_tokens' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__user_sessions as
select
    'logto' as "source_id",
    r."user_id" as "user_id",
    r."uid" as "uid",
    r."session_id" as "session_id",
    r."issued_at" as "issued_at",
    r."login_at" as "login_at",
    r."expires_at" as "expires_at",
    r."client_id" as "client_id",
    cast(r."application_ids" as json) as "application_ids",
    r."interaction_event" as "interaction_event",
    r."ip" as "ip",
    r."user_agent" as "user_agent",
    r."_sync_id" as "sync_id"
from tap_logto."user_sessions" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'user_sessions' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__user_grants as
select
    'logto' as "source_id",
    r."user_id" as "user_id",
    r."id" as "id",
    r."application_id" as "application_id",
    r."application_name" as "application_name",
    r."openid_scope" as "openid_scope",
    cast(r."resources" as json) as "resources",
    r."issued_at" as "issued_at",
    r."expires_at" as "expires_at",
    r."_sync_id" as "sync_id"
from tap_logto."user_grants" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'user_grants' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__application_user_consent_scopes as
select
    'logto' as "source_id",
    r."application_id" as "application_id",
    r."type" as "type",
    r."scope" as "scope",
    r."scope_name" as "scope_name",
    r."resource_id" as "resource_id",
    r."_sync_id" as "sync_id"
from tap_logto."application_user_consent_scopes" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'application_user_consent_scopes' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_logto__application_access_control as
select
    'logto' as "source_id",
    r."application_id" as "application_id",
    cast(r."user_ids" as json) as "user_ids",
    cast(r."user_role_ids" as json) as "user_role_ids",
    cast(r."organization_ids" as json) as "organization_ids",
    cast(r."organization_role_rules" as json) as "organization_role_rules",
    r."_sync_id" as "sync_id"
from tap_logto."application_access_control" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_logto.sync_runs
    where stream = 'application_access_control' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_rudderstack__sync_runs as
select
    'rudderstack' as "source_id",
    r."sync_id" as "sync_id",
    r."stream" as "stream",
    r."started_at" as "started_at",
    r."ended_at" as "ended_at",
    r."mode" as "mode",
    r."status" as "status",
    r."reason" as "reason",
    r."row_count" as "row_count",
    r."repeats" as "repeats",
    r."server_total" as "server_total",
    r."requests" as "requests",
    r."unknown_fields" as "unknown_fields",
    cast(r."coverage" as json) as "coverage"
from tap_rudderstack."sync_runs" as r;

create or replace view identity_staging.stg_rudderstack__users as
select
    'rudderstack' as "source_id",
    r."id" as "id",
    r."external_id" as "external_id",
    r."user_name" as "user_name",
    r."display_name" as "display_name",
    r."nick_name" as "nick_name",
    r."profile_url" as "profile_url",
    r."title" as "title",
    r."user_type" as "user_type",
    r."preferred_language" as "preferred_language",
    r."locale" as "locale",
    r."timezone" as "timezone",
    r."active" as "active",
    r."formatted_name" as "formatted_name",
    r."family_name" as "family_name",
    r."given_name" as "given_name",
    r."middle_name" as "middle_name",
    r."honorific_prefix" as "honorific_prefix",
    r."honorific_suffix" as "honorific_suffix",
    r."primary_email" as "primary_email",
    cast(r."emails" as json) as "emails",
    cast(r."phone_numbers" as json) as "phone_numbers",
    cast(r."ims" as json) as "ims",
    cast(r."photos" as json) as "photos",
    cast(r."addresses" as json) as "addresses",
    cast(r."groups" as json) as "groups",
    cast(r."entitlements" as json) as "entitlements",
    cast(r."roles" as json) as "roles",
    r."employee_number" as "employee_number",
    r."cost_center" as "cost_center",
    r."organization" as "organization",
    r."division" as "division",
    r."department" as "department",
    r."manager_id" as "manager_id",
    r."manager_display_name" as "manager_display_name",
    cast(r."schemas" as json) as "schemas",
    cast(r."extensions" as json) as "extensions",
    r."meta_created" as "meta_created",
    r."meta_last_modified" as "meta_last_modified",
    r."meta_version" as "meta_version",
    r."meta_location" as "meta_location",
    r."meta_resource_type" as "meta_resource_type",
    r."_sync_id" as "sync_id"
from tap_rudderstack."users" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_rudderstack.sync_runs
    where stream = 'users' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_rudderstack__user_emails as
select
    'rudderstack' as "source_id",
    r."user_id" as "user_id",
    r."value" as "value",
    cast(r."types" as json) as "types",
    r."is_primary" as "is_primary",
    r."display" as "display",
    r."_sync_id" as "sync_id"
from tap_rudderstack."user_emails" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_rudderstack.sync_runs
    where stream = 'user_emails' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_rudderstack__groups as
select
    'rudderstack' as "source_id",
    r."id" as "id",
    r."external_id" as "external_id",
    r."display_name" as "display_name",
    cast(r."schemas" as json) as "schemas",
    cast(r."extensions" as json) as "extensions",
    r."meta_created" as "meta_created",
    r."meta_last_modified" as "meta_last_modified",
    r."meta_version" as "meta_version",
    r."meta_location" as "meta_location",
    r."meta_resource_type" as "meta_resource_type",
    r."_sync_id" as "sync_id"
from tap_rudderstack."groups" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_rudderstack.sync_runs
    where stream = 'groups' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_rudderstack__group_members as
select
    'rudderstack' as "source_id",
    r."group_id" as "group_id",
    r."member_type" as "member_type",
    r."member_id" as "member_id",
    r."member_display" as "member_display",
    r."member_ref" as "member_ref",
    r."_sync_id" as "sync_id"
from tap_rudderstack."group_members" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_rudderstack.sync_runs
    where stream = 'group_members' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_rudderstack__audit_logs as
select
    'rudderstack' as "source_id",
    r."id" as "id",
    r."created_at" as "created_at",
    r."actor_id" as "actor_id",
    r."actor_type" as "actor_type",
    r."action" as "action",
    r."target_type" as "target_type",
    r."target_id" as "target_id",
    r."ip" as "ip",
    r."workspace_id" as "workspace_id",
    r."organization_id" as "organization_id",
    r."_sync_id" as "sync_id"
from tap_rudderstack."audit_logs" as r;

create or replace view identity_staging.stg_zitadel__sync_runs as
select
    'zitadel' as "source_id",
    r."sync_id" as "sync_id",
    r."stream" as "stream",
    r."started_at" as "started_at",
    r."ended_at" as "ended_at",
    r."mode" as "mode",
    r."status" as "status",
    r."reason" as "reason",
    r."row_count" as "row_count",
    r."repeats" as "repeats",
    r."server_total" as "server_total",
    r."requests" as "requests",
    r."unknown_fields" as "unknown_fields",
    cast(r."coverage" as json) as "coverage"
from tap_zitadel."sync_runs" as r;

create or replace view identity_staging.stg_zitadel__instance as
select
    'zitadel' as "source_id",
    r."id" as "id",
    r."name" as "name",
    r."server_version" as "server_version",
    r."state" as "state",
    cast(r."domains" as json) as "domains",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."instance" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'instance' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__organizations as
select
    'zitadel' as "source_id",
    r."id" as "id",
    r."name" as "name",
    r."primary_domain" as "primary_domain",
    r."state" as "state",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."organizations" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'organizations' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__organization_domains as
select
    'zitadel' as "source_id",
    r."organization_id" as "organization_id",
    r."domain" as "domain",
    r."is_verified" as "is_verified",
    r."is_primary" as "is_primary",
    r."validation_type" as "validation_type",
    r."_sync_id" as "sync_id"
from tap_zitadel."organization_domains" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'organization_domains' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__users as
select
    'zitadel' as "source_id",
    r."id" as "id",
    r."organization_id" as "organization_id",
    r."type" as "type",
    r."state" as "state",
    r."username" as "username",
    cast(r."login_names" as json) as "login_names",
    r."preferred_login_name" as "preferred_login_name",
    r."given_name" as "given_name",
    r."family_name" as "family_name",
    r."nick_name" as "nick_name",
    r."display_name" as "display_name",
    r."preferred_language" as "preferred_language",
    r."gender" as "gender",
    r."avatar_url" as "avatar_url",
    r."email" as "email",
    r."is_email_verified" as "is_email_verified",
    r."phone" as "phone",
    r."is_phone_verified" as "is_phone_verified",
    r."password_changed" as "password_changed",
    r."password_change_required" as "password_change_required",
    r."mfa_init_skipped" as "mfa_init_skipped",
    r."machine_name" as "machine_name",
    r."machine_description" as "machine_description",
    r."machine_has_secret" as "machine_has_secret",
    r."machine_access_token_type" as "machine_access_token_type",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."users" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'users' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__projects as
select
    'zitadel' as "source_id",
    r."id" as "id",
    r."organization_id" as "organization_id",
    r."name" as "name",
    r."state" as "state",
    r."project_role_assertion" as "project_role_assertion",
    r."authorization_required" as "authorization_required",
    r."project_access_required" as "project_access_required",
    r."private_labeling_setting" as "private_labeling_setting",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."projects" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'projects' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__project_roles as
select
    'zitadel' as "source_id",
    r."project_id" as "project_id",
    r."key" as "key",
    r."display_name" as "display_name",
    r."role_group" as "role_group",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."project_roles" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'project_roles' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__project_grants as
select
    'zitadel' as "source_id",
    r."project_id" as "project_id",
    r."project_name" as "project_name",
    r."organization_id" as "organization_id",
    r."granted_organization_id" as "granted_organization_id",
    r."granted_organization_name" as "granted_organization_name",
    cast(r."granted_role_keys" as json) as "granted_role_keys",
    r."state" as "state",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."project_grants" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'project_grants' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__authorizations as
select
    'zitadel' as "source_id",
    r."id" as "id",
    r."user_id" as "user_id",
    r."user_organization_id" as "user_organization_id",
    r."organization_id" as "organization_id",
    r."project_id" as "project_id",
    r."project_organization_id" as "project_organization_id",
    r."state" as "state",
    cast(r."role_keys" as json) as "role_keys",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."authorizations" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'authorizations' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__authorization_roles as
select
    'zitadel' as "source_id",
    r."authorization_id" as "authorization_id",
    r."role_key" as "role_key",
    r."user_id" as "user_id",
    r."organization_id" as "organization_id",
    r."project_id" as "project_id",
    r."state" as "state",
    r."_sync_id" as "sync_id"
from tap_zitadel."authorization_roles" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'authorization_roles' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__administrators as
select
    'zitadel' as "source_id",
    r."user_id" as "user_id",
    r."user_organization_id" as "user_organization_id",
    r."resource_type" as "resource_type",
    r."resource_id" as "resource_id",
    r."organization_id" as "organization_id",
    r."project_id" as "project_id",
    r."granted_organization_id" as "granted_organization_id",
    cast(r."roles" as json) as "roles",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."administrators" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'administrators' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__applications as
select
    'zitadel' as "source_id",
    r."id" as "id",
    r."project_id" as "project_id",
    r."name" as "name",
    r."state" as "state",
    r."type" as "type",
    r."client_id" as "client_id",
    r."auth_method_type" as "auth_method_type",
    r."application_type" as "application_type",
    cast(r."redirect_uris" as json) as "redirect_uris",
    cast(r."grant_types" as json) as "grant_types",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."applications" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'applications' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__personal_access_tokens as
select
    'zitadel' as "source_id",
    r."id" as "id",
    r."user_id" as "user_id",
    r."organization_id" as "organization_id",
    r."expiration_date" as "expiration_date",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."personal_access_tokens" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'personal_access_tokens' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__machine_keys as
select
    'zitadel' as "source_id",
    r."id" as "id",
    r."user_id" as "user_id",
    r."organization_id" as "organization_id",
    r."expiration_date" as "expiration_date",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."machine_keys" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'machine_keys' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__application_keys as
select
    'zitadel' as "source_id",
    r."id" as "id",
    r."application_id" as "application_id",
    r."project_id" as "project_id",
    r."organization_id" as "organization_id",
    r."expiration_date" as "expiration_date",
    r."creation_date" as "creation_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."application_keys" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'application_keys' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__identity_providers as
select
    'zitadel' as "source_id",
    r."id" as "id",
    r."organization_id" as "organization_id",
    r."name" as "name",
    r."type" as "type",
    r."owner" as "owner",
    r."state" as "state",
    r."is_linking_allowed" as "is_linking_allowed",
    r."is_creation_allowed" as "is_creation_allowed",
    r."is_auto_creation" as "is_auto_creation",
    r."is_auto_update" as "is_auto_update",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."identity_providers" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'identity_providers' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__groups as
select
    'zitadel' as "source_id",
    r."id" as "id",
    r."organization_id" as "organization_id",
    r."name" as "name",
    r."description" as "description",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."groups" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'groups' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__group_users as
select
    'zitadel' as "source_id",
    r."group_id" as "group_id",
    r."user_id" as "user_id",
    r."organization_id" as "organization_id",
    r."creation_date" as "creation_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."group_users" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'group_users' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__events as
select
    'zitadel' as "source_id",
    r."aggregate_type" as "aggregate_type",
    r."aggregate_id" as "aggregate_id",
    r."sequence" as "sequence",
    r."creation_date" as "creation_date",
    r."event_type" as "event_type",
    r."organization_id" as "organization_id",
    r."editor_user_id" as "editor_user_id",
    r."editor_display_name" as "editor_display_name",
    r."editor_service" as "editor_service",
    cast(r."payload" as json) as "payload",
    r."_sync_id" as "sync_id"
from tap_zitadel."events" as r;

create or replace view identity_staging.stg_zitadel__organization_metadata as
select
    'zitadel' as "source_id",
    r."organization_id" as "organization_id",
    r."key" as "key",
    r."value" as "value",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."organization_metadata" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'organization_metadata' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__user_metadata as
select
    'zitadel' as "source_id",
    r."user_id" as "user_id",
    r."key" as "key",
    r."value" as "value",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."user_metadata" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'user_metadata' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__user_auth_methods as
select
    'zitadel' as "source_id",
    r."user_id" as "user_id",
    r."auth_method" as "auth_method",
    r."_sync_id" as "sync_id"
from tap_zitadel."user_auth_methods" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'user_auth_methods' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__user_idp_links as
select
    'zitadel' as "source_id",
    r."user_id" as "user_id",
    r."idp_id" as "idp_id",
    r."provided_user_id" as "provided_user_id",
    r."provided_user_name" as "provided_user_name",
    r."_sync_id" as "sync_id"
from tap_zitadel."user_idp_links" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'user_idp_links' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__sessions as
select
    'zitadel' as "source_id",
    r."id" as "id",
    r."user_id" as "user_id",
    r."organization_id" as "organization_id",
    r."user_verified_at" as "user_verified_at",
    r."password_verified_at" as "password_verified_at",
    r."passkey_verified_at" as "passkey_verified_at",
    r."idp_verified_at" as "idp_verified_at",
    r."totp_verified_at" as "totp_verified_at",
    r."otp_sms_verified_at" as "otp_sms_verified_at",
    r."otp_email_verified_at" as "otp_email_verified_at",
    r."ip" as "ip",
    r."user_agent" as "user_agent",
    r."expiration_date" as "expiration_date",
    r."creation_date" as "creation_date",
    r."change_date" as "change_date",
    r."_sync_id" as "sync_id"
from tap_zitadel."sessions" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'sessions' and status = 'complete' and mode = 'full'
), '');

create or replace view identity_staging.stg_zitadel__policies as
select
    'zitadel' as "source_id",
    r."organization_id" as "organization_id",
    r."type" as "type",
    r."is_default" as "is_default",
    cast(r."policy" as json) as "policy",
    r."_sync_id" as "sync_id"
from tap_zitadel."policies" as r
where coalesce(r."_sync_id", '') >= coalesce((
    select max(sync_id) from tap_zitadel.sync_runs
    where stream = 'policies' and status = 'complete' and mode = 'full'
), '');
