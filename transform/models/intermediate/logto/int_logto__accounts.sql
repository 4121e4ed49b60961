select
    source_id,
    {{ identity_access.id('user', 'id') }} as account_id,
    id as native_id,
    'human' as account_type,
    coalesce(username, primary_email, primary_phone) as user_name,
    name as display_name,
    primary_email as email,
    {{ identity_access.null('boolean') }} as email_verified,
    case when is_suspended then 'suspended' else 'active' end as status,
    {{ identity_access.null('text') }} as home_organization_id,
    {{ identity_access.null('text') }} as external_id,
    created_at,
    true as has_every_sign_in
from {{ ref('stg_logto__users') }}
union all
select
    source_id,
    {{ identity_access.id('application', 'id') }},
    id,
    'application',
    id,
    name,
    {{ identity_access.null('text') }},
    {{ identity_access.null('boolean') }},
    'active',
    {{ identity_access.null('text') }},
    {{ identity_access.null('text') }},
    created_at,
    false
from {{ ref('stg_logto__applications') }}
where type = 'MachineToMachine'
