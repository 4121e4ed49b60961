with held as (
    -- Deactivating a user removes the role in the organization.
    select
        source_id,
        {{ identity_access.id('user', 'id') }} as account_id,
        {{ identity_access.membership_id() }} as entitlement_id,
        'users' as stream
    from {{ ref('stg_rudderstack__users') }}
    where coalesce(active, true)
    union all
    select
        users.source_id,
        {{ identity_access.id('user', 'users.id', 'users') }},
        {{ identity_access.id('role', identity_access.text_field('role.value', 'value'), 'users') }},
        'users'
    from {{ ref('stg_rudderstack__users') }} as users
    {{ identity_access.each_value('users.roles', 'role', 'json') }}
    where {{ identity_access.text_field('role.value', 'value') }} is not null
    union all
    select
        source_id,
        {{ identity_access.id('user', 'member_id') }},
        {{ identity_access.id('group', 'group_id') }},
        'group_members'
    from {{ ref('stg_rudderstack__group_members') }}
    where member_type = 'User'
)

select
    source_id,
    account_id,
    entitlement_id,
    {{ identity_access.tenant_id() }} as scope_id,
    stream,
    {{ identity_access.null('text') }} as via_id,
    {{ identity_access.null('text') }} as native_grant_id,
    {{ identity_access.null('timestamp') }} as granted_at,
    {{ identity_access.null('text') }} as inactive_reason
from held
