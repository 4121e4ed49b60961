select
    source_id,
    account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    account_id as subject,
    holder || case
        when last_activity_state = 'never'
            then ' was never used, and was created on ' || {{ identity_access.day('created_at') }}
        else ' was last used on ' || {{ identity_access.day('last_activity_at') }} || ' (' || last_activity_basis || ')'
    end || '.' as detail
from {{ ref('int_identity__activity_status') }}
where
    last_activity_state in ('known', 'never')
    and coalesce(last_activity_at, created_at)
    < {{ identity_access.unused_since('state', 'as_of', var('dormant_days')) }}
