with found as (
    select
        source_id,
        'api_key' as credential_type,
        {{ identity_access.id('api_key', 'id') }} as credential_id,
        {{ identity_access.null('text') }} as account_id,
        {{ identity_access.null('text') }} as application_id,
        name as display_name,
        created_by,
        created_on as created_at,
        {{ identity_access.null('timestamp') }} as expires_at,
        'unknown' as expiry_state,
        last_verified_on as last_used_at,
        coalesce(status, 'active') = 'active' as active
    from {{ ref('stg_kinde__api_keys') }}
    union all
    select
        secrets.source_id,
        'client_secret',
        {{ identity_access.id('client_secret', ['secrets.application_id', 'secrets.name'], 'secrets') }},
        case
            when applications.type = 'MachineToMachine'
                then {{ identity_access.id('application', 'secrets.application_id', 'secrets') }}
        end,
        {{ identity_access.id('application', 'secrets.application_id', 'secrets') }},
        secrets.name,
        {{ identity_access.null('text') }},
        secrets.created_at,
        secrets.expires_at,
        case when secrets.expires_at is null then 'never expires' else 'expires' end,
        {{ identity_access.null('timestamp') }},
        true
    from {{ ref('stg_logto__application_secrets') }} as secrets
    left join {{ ref('stg_logto__applications') }} as applications
        on secrets.source_id = applications.source_id and secrets.application_id = applications.id
    union all
    select
        source_id,
        'personal_access_token',
        {{ identity_access.id('personal_access_token', ['user_id', 'name']) }},
        {{ identity_access.id('user', 'user_id') }},
        {{ identity_access.null('text') }},
        name,
        {{ identity_access.null('text') }},
        created_at,
        expires_at,
        case when expires_at is null then 'never expires' else 'expires' end,
        {{ identity_access.null('timestamp') }},
        true
    from {{ ref('stg_logto__user_personal_access_tokens') }}
    union all
    select * from {{ ref('int_zitadel__credentials') }}
)

select
    credential_id,
    source_id,
    credential_type,
    account_id,
    application_id,
    display_name,
    created_by,
    created_at,
    expires_at,
    expiry_state,
    case
        when expires_at is not null then expires_at <= {{ identity_access.now() }}
        when expiry_state = 'never expires' then false
    end as is_expired,
    last_used_at,
    case when last_used_at is null then 'unknown' else 'known' end as last_used_state,
    active
from found
