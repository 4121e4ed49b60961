with accounts as (
    {%- for system in identity_access.systems() %}
    select * from {{ ref('int_' ~ system ~ '__accounts') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

with_factors as (
    select distinct account_id from {{ ref('identity_factors') }}
),

-- Where accounts without a factor have none: factors were read in the same run as accounts, or in a later one.
factors_are_known as (
    select factors.source_id
    from {{ ref('identity_stream_status') }} as factors
    inner join {{ ref('identity_stream_status') }} as users
        on factors.source_id = users.source_id and users.stream = 'users'
    where
        factors.stream in ('user_mfa', 'user_mfa_verifications', 'user_auth_methods')
        and factors.state in ('complete', 'stale')
        and factors.last_sync_id >= users.last_sync_id
)

select
    accounts.account_id,
    accounts.source_id,
    sources.system,
    accounts.native_id,
    accounts.account_type,
    accounts.user_name,
    accounts.display_name,
    accounts.email,
    lower(trim(accounts.email)) as email_normalized,
    accounts.email_verified,
    case
        when accounts.email is null then 'none'
        when accounts.email_verified then 'verified'
        when not accounts.email_verified then 'unverified'
        when sources.system in ({{ identity_access.text_list(var('trusted_email')) }}) then 'asserted'
        else 'unknown'
    end as email_trust,
    accounts.status in ('active', 'unknown') as active,
    accounts.status,
    accounts.home_organization_id,
    accounts.external_id,
    accounts.created_at,
    activity.last_activity_at,
    case
        when activity.last_activity_at is not null then 'known'
        when accounts.has_every_sign_in then 'never'
        else 'unknown'
    end as last_activity_state,
    activity.basis as last_activity_basis,
    case
        when accounts.account_type <> 'human' then 'not applicable'
        when with_factors.account_id is not null then 'enabled'
        when factors_are_known.source_id is not null then 'disabled'
        else 'unknown'
    end as mfa_status
from accounts
inner join {{ ref('identity_sources') }} as sources on accounts.source_id = sources.source_id
left join {{ ref('identity_activity') }} as activity on accounts.account_id = activity.account_id
left join with_factors on accounts.account_id = with_factors.account_id
left join factors_are_known on accounts.source_id = factors_are_known.source_id
