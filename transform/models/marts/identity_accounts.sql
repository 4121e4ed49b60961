with accounts as (
    {%- for system in identity_access.systems() %}
    select * from {{ ref('int_' ~ system ~ '__accounts') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

with_factors as (
    select distinct account_id from {{ ref('identity_factors') }}
),

factors_are_known as (
    select
        source_id,
        max(case when state = 'complete' then 1 else 0 end) as all_read
    from {{ ref('identity_stream_status') }}
    where stream in ('user_mfa', 'user_mfa_verifications', 'user_auth_methods')
    group by source_id
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
        when factors_are_known.all_read = 1 then 'disabled'
        else 'unknown'
    end as mfa_status
from accounts
inner join {{ ref('identity_sources') }} as sources on accounts.source_id = sources.source_id
left join {{ ref('identity_activity') }} as activity on accounts.account_id = activity.account_id
left join with_factors on accounts.account_id = with_factors.account_id
left join factors_are_known on accounts.source_id = factors_are_known.source_id
