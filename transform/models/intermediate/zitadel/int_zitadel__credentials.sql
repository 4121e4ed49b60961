with dated as (
    select
        source_id,
        'personal_access_token' as credential_type,
        id,
        {{ identity_access.id('user', 'user_id') }} as account_id,
        {{ identity_access.null('text') }} as application_id,
        creation_date,
        expiration_date
    from {{ ref('stg_zitadel__personal_access_tokens') }}
    union all
    select
        source_id,
        'private_key',
        id,
        {{ identity_access.id('user', 'user_id') }},
        {{ identity_access.null('text') }},
        creation_date,
        expiration_date
    from {{ ref('stg_zitadel__machine_keys') }}
    union all
    select
        source_id,
        'private_key',
        id,
        {{ identity_access.null('text') }},
        {{ identity_access.id('application', 'application_id') }},
        creation_date,
        expiration_date
    from {{ ref('stg_zitadel__application_keys') }}
)

select
    source_id,
    replace(credential_type, 'private_key', 'private_key') as credential_type,
    source_id || '/' || credential_type || '/' || id as credential_id,
    account_id,
    application_id,
    id as display_name,
    {{ identity_access.null('text') }} as created_by,
    creation_date as created_at,
    {#- The year 9999 stands for never. #}
    case when extract(year from expiration_date) < 9999 then expiration_date end as expires_at,
    case
        when extract(year from expiration_date) < 9999 then 'expires'
        when expiration_date is null then 'unknown'
        else 'never expires'
    end as expiry_state,
    {{ identity_access.null('timestamp') }} as last_used_at,
    true as active
from dated
union all
select
    source_id,
    'client_secret',
    {{ identity_access.id('client_secret', 'id') }},
    {{ identity_access.id('user', 'id') }},
    {{ identity_access.null('text') }},
    'client secret',
    {{ identity_access.null('text') }},
    {{ identity_access.null('timestamp') }},
    {{ identity_access.null('timestamp') }},
    'unknown',
    {{ identity_access.null('timestamp') }},
    true
from {{ ref('stg_zitadel__users') }}
where machine_has_secret
