with found as (
    select
        source_id,
        {{ identity_access.id('user', 'user_id') }} as account_id,
        type as factor_type,
        created_on as created_at,
        last_used_on as last_used_at
    from {{ ref('stg_kinde__user_mfa') }}
    where coalesce(is_verified, true)
    union all
    select source_id, {{ identity_access.id('user', 'user_id') }}, type, created_on, last_used_on
    from {{ ref('stg_kinde__organization_user_mfa') }}
    where coalesce(is_verified, true)
    union all
    select source_id, {{ identity_access.id('user', 'user_id') }}, type, created_at, last_used_at
    from {{ ref('stg_logto__user_mfa_verifications') }}
    union all
    select
        source_id,
        {{ identity_access.id('user', 'user_id') }},
        lower(replace(auth_method, 'AUTHENTICATION_METHOD_TYPE_', '')),
        {{ identity_access.null('timestamp') }},
        {{ identity_access.null('timestamp') }}
    from {{ ref('stg_zitadel__user_auth_methods') }}
    where
        auth_method not in ('AUTHENTICATION_METHOD_TYPE_PASSWORD', 'AUTHENTICATION_METHOD_TYPE_IDP')
        and auth_method <> 'AUTHENTICATION_METHOD_TYPE_UNSPECIFIED'
)

select
    source_id,
    account_id,
    factor_type,
    min(created_at) as created_at,
    max(last_used_at) as last_used_at
from found
group by source_id, account_id, factor_type
