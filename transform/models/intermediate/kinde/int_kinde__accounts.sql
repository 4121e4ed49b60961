with confirmed as (
    select
        source_id,
        user_id,
        lower(coalesce(email, name)) as email,
        max(case when is_confirmed then 1 else 0 end) = 1 as is_confirmed
    from {{ ref('stg_kinde__user_identity_details') }}
    where type = 'email'
    group by source_id, user_id, lower(coalesce(email, name))
)

select
    users.source_id,
    {{ identity_access.id('user', 'users.id', 'users') }} as account_id,
    users.id as native_id,
    'human' as account_type,
    coalesce(users.username, users.email) as user_name,
    nullif(trim(coalesce(users.first_name, '') || ' ' || coalesce(users.last_name, '')), '') as display_name,
    users.email,
    confirmed.is_confirmed as email_verified,
    case when users.is_suspended then 'suspended' else 'active' end as status,
    {{ identity_access.null('text') }} as home_organization_id,
    users.provided_id as external_id,
    users.created_on as created_at,
    true as has_every_sign_in
from {{ ref('stg_kinde__users') }} as users
left join confirmed
    on
        users.source_id = confirmed.source_id
        and users.id = confirmed.user_id
        and lower(users.email) = confirmed.email
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
    {{ identity_access.null('timestamp') }},
    false
from {{ ref('stg_kinde__applications') }}
where type = 'm2m'
