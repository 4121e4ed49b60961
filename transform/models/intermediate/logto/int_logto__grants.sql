with held as (
    select
        source_id,
        {{ identity_access.id('user', 'user_id') }} as account_id,
        {{ identity_access.id('role', 'role_id') }} as entitlement_id,
        {{ identity_access.tenant_id() }} as scope_id,
        'role_users' as stream
    from {{ ref('stg_logto__role_users') }}
    union all
    select
        source_id,
        {{ identity_access.id('application', 'application_id') }},
        {{ identity_access.id('role', 'role_id') }},
        {{ identity_access.tenant_id() }},
        'role_applications'
    from {{ ref('stg_logto__role_applications') }}
    union all
    select
        source_id,
        {{ identity_access.id('user', 'user_id') }},
        {{ identity_access.membership_id() }},
        {{ identity_access.id('organization', 'organization_id') }},
        'organization_memberships'
    from {{ ref('stg_logto__organization_memberships') }}
    union all
    select
        source_id,
        {{ identity_access.id('application', 'application_id') }},
        {{ identity_access.membership_id() }},
        {{ identity_access.id('organization', 'organization_id') }},
        'organization_applications'
    from {{ ref('stg_logto__organization_applications') }}
    union all
    select
        source_id,
        {{ identity_access.id('user', 'user_id') }},
        {{ identity_access.id('organization_role', 'organization_role_id') }},
        {{ identity_access.id('organization', 'organization_id') }},
        'organization_member_roles'
    from {{ ref('stg_logto__organization_member_roles') }}
    union all
    select
        source_id,
        {{ identity_access.id('application', 'application_id') }},
        {{ identity_access.id('organization_role', 'organization_role_id') }},
        {{ identity_access.id('organization', 'organization_id') }},
        'organization_application_roles'
    from {{ ref('stg_logto__organization_application_roles') }}
    union all
    select
        access.source_id,
        {{ identity_access.id('user', 'allowed.value', 'access') }},
        {{ identity_access.id('application_access', 'access.application_id', 'access') }},
        {{ identity_access.tenant_id('access') }},
        'application_access_control'
    from {{ ref('int_logto__application_access') }} as access
    {{ identity_access.each_value('access.user_ids', 'allowed') }}
)

select
    source_id,
    account_id,
    entitlement_id,
    scope_id,
    stream,
    {{ identity_access.null('text') }} as via_id,
    {{ identity_access.null('text') }} as native_grant_id,
    {{ identity_access.null('timestamp') }} as granted_at,
    {{ identity_access.null('text') }} as inactive_reason
from held
