select
    source_id,
    {{ identity_access.id('user', 'id') }} as account_id,
    id as native_id,
    'human' as account_type,
    user_name,
    coalesce(display_name, formatted_name) as display_name,
    coalesce(primary_email, case when user_name like '%@%' then user_name end) as email,
    {{ identity_access.null('boolean') }} as email_verified,
    case when active then 'active' when not active then 'suspended' else 'unknown' end as status,
    {{ identity_access.null('text') }} as home_organization_id,
    external_id,
    meta_created as created_at,
    false as has_every_sign_in
from {{ ref('stg_rudderstack__users') }}
