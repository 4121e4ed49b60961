select
    source_id,
    {{ identity_access.id('user', 'id') }} as account_id,
    id as native_id,
    case when type = 'machine' then 'service' else 'human' end as account_type,
    preferred_login_name as user_name,
    coalesce(nullif(display_name, ''), machine_name, username) as display_name,
    nullif(email, '') as email,
    is_email_verified as email_verified,
    case
        when state = 'USER_STATE_ACTIVE' then 'active'
        when state = 'USER_STATE_LOCKED' then 'locked'
        when state = 'USER_STATE_INITIAL' then 'pending'
        when state in ('USER_STATE_INACTIVE', 'USER_STATE_SUSPEND') then 'suspended'
        else 'unknown'
    end as status,
    {{ identity_access.id('organization', 'organization_id') }} as home_organization_id,
    {{ identity_access.null('text') }} as external_id,
    creation_date as created_at,
    false as has_every_sign_in
from {{ ref('stg_zitadel__users') }}
