with suspended_members as (
    select source_id, org_code, id as user_id, 'the user is suspended in the organization' as reason
    from {{ ref('stg_kinde__organization_users') }}
    where is_suspended
),

suspended_organizations as (
    select source_id, code as org_code, 'the organization is suspended' as reason
    from {{ ref('stg_kinde__organization_details') }}
    where is_suspended
),

-- Whether Kinde returns direct or effective permissions is not known. What a role gives, in the answer's
-- own words or by the roles as they were read, is no grant of its own.
through_roles as (
    select distinct
        role_users.source_id,
        role_users.org_code,
        role_users.user_id,
        role_permissions.id
    from {{ ref('stg_kinde__role_users') }} as role_users
    inner join {{ ref('stg_kinde__role_permissions') }} as role_permissions
        on role_users.source_id = role_permissions.source_id and role_users.role_id = role_permissions.role_id
),

in_organizations as (
    select
        source_id,
        org_code,
        id as user_id,
        {{ identity_access.membership_id() }} as entitlement_id,
        'organization_users' as stream,
        joined_on as granted_at
    from {{ ref('stg_kinde__organization_users') }}
    union all
    select
        source_id,
        org_code,
        user_id,
        {{ identity_access.id('role', 'role_id') }},
        'role_users',
        {{ identity_access.null('timestamp') }}
    from {{ ref('stg_kinde__role_users') }}
    union all
    select
        permissions.source_id,
        permissions.org_code,
        permissions.user_id,
        {{ identity_access.id('permission', 'permissions.id', 'permissions') }},
        'organization_user_permissions',
        {{ identity_access.null('timestamp') }}
    from {{ ref('stg_kinde__organization_user_permissions') }} as permissions
    left join through_roles
        on
            permissions.source_id = through_roles.source_id
            and permissions.org_code = through_roles.org_code
            and permissions.user_id = through_roles.user_id
            and permissions.id = through_roles.id
    where {{ identity_access.array_size('permissions.roles') }} = 0 and through_roles.id is null
    union all
    select
        source_id,
        org_code,
        user_id,
        {{ identity_access.id('scope', ['api_id', 'scope']) }},
        'user_api_scopes',
        {{ identity_access.null('timestamp') }}
    from {{ ref('stg_kinde__user_api_scopes') }}
)

select
    held.source_id,
    {{ identity_access.id('user', 'held.user_id', 'held') }} as account_id,
    held.entitlement_id,
    case
        when held.org_code = 'none' then {{ identity_access.tenant_id('held') }}
        else {{ identity_access.id('organization', 'held.org_code', 'held') }}
    end as scope_id,
    held.stream,
    {{ identity_access.null('text') }} as via_id,
    {{ identity_access.null('text') }} as native_grant_id,
    held.granted_at,
    coalesce(suspended_members.reason, suspended_organizations.reason) as inactive_reason
from in_organizations as held
left join suspended_members
    on
        held.source_id = suspended_members.source_id
        and held.org_code = suspended_members.org_code
        and held.user_id = suspended_members.user_id
left join suspended_organizations
    on held.source_id = suspended_organizations.source_id and held.org_code = suspended_organizations.org_code
union all
select
    allowed.source_id,
    {{ identity_access.id('application', 'allowed.id', 'allowed') }},
    {{ identity_access.id('api_access', 'allowed.api_id', 'allowed') }},
    {{ identity_access.tenant_id('allowed') }},
    'api_applications',
    {{ identity_access.null('text') }},
    {{ identity_access.null('text') }},
    {{ identity_access.null('timestamp') }},
    case when not allowed.is_active then 'the application is not authorized to call the API' end
from {{ ref('stg_kinde__api_applications') }} as allowed
inner join {{ ref('stg_kinde__applications') }} as applications
    on allowed.source_id = applications.source_id and allowed.id = applications.id
where applications.type = 'm2m'
