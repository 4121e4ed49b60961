{#- Of each control and source: how many subjects it cannot be answered for although their streams were read, and
    why. -#}
with credentials as (
    select
        source_id,
        expiry_state,
        last_used_state = 'unknown'
        and coalesce(created_at, {{ identity_access.days_ago(9999) }})
        < {{ identity_access.days_ago(var('credential_unused_days')) }} as is_use_unknown
    from {{ ref('identity_credentials') }}
    where active
),

undecided as (
    select
        'new-privileged' as control_id,
        source_id,
        'privileged entitlement(s) were there at the first look, after the last review' as reason
    from {{ ref('int_identity__privileged_since') }}
    where age = 'unknown'
    union all
    select
        'no-mfa',
        source_id,
        'account(s) of people may have a second factor or not'
    from {{ ref('identity_accounts') }}
    where active and mfa_status = 'unknown'
    union all
    select
        'privileged-without-mfa',
        source_id,
        'privileged account(s) of people may have a second factor or not'
    from {{ ref('identity_accounts') }}
    where
        mfa_status = 'unknown'
        and account_id in (
            select account_id from {{ ref('int_identity__named_access') }}
            where is_privileged
        )
    union all
    select
        'leaver-with-access',
        source_id,
        'active account(s) belong to nobody who is known'
    from {{ ref('int_identity__unmatched_accounts') }}
    union all
    select
        'unmatched-account',
        source_id,
        'account(s) have an address that may be verified or not'
    from {{ ref('int_identity__unmatched_accounts') }}
    where not is_proven
    union all
    select
        'dormant',
        source_id,
        'active account(s) are of unknown activity'
    from {{ ref('identity_accounts') }}
    where active and coalesce(last_activity_at, case when last_activity_state = 'never' then created_at end) is null
    union all
    select
        'activity-unknown',
        accounts.source_id,
        'account(s) were not seen in what was read'
    from {{ ref('identity_accounts') }} as accounts
    where
        accounts.active
        and accounts.last_activity_state = 'unknown'
        and accounts.source_id in (
            select unproven.source_id from {{ ref('int_identity__unproven') }} as unproven
            where unproven.control_id = 'activity-unknown'
        )
    union all
    select
        'direct-permission',
        source_id,
        'permission(s) may come from a role or not'
    from {{ ref('int_identity__direct_permissions') }}
    where not is_proven
    union all
    select
        'grant-without-effect',
        source_id,
        'grant(s) may be in force or not'
    from {{ ref('int_identity__grants_on_paper') }}
    where not is_proven
    union all
    select
        'external-access',
        source_id,
        'account(s) may be of people from outside or not'
    from {{ ref('int_identity__outsiders') }}
    where is_internal is null
    union all
    select
        'open-door',
        source_id,
        'rule(s) are not known'
    from {{ ref('int_identity__open_doors') }}
    where not is_proven
    {%- for control in ['credential-never-expires', 'credential-expired'] %}
    union all
    select
        '{{ control }}',
        source_id,
        'active credential(s) may expire or not'
    from credentials
    where expiry_state = 'unknown'
    {%- endfor %}
    union all
    select
        'credential-unused',
        source_id,
        'active credential(s) may be used or not'
    from credentials
    where is_use_unknown
)

select
    control_id,
    source_id,
    count(*) as undecided,
    {{ identity_access.number('count(*)') }} || ' ' || min(reason) as reason
from undecided
group by control_id, source_id
