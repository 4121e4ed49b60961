select
    accounts.source_id,
    accounts.account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    accounts.account_id as subject,
    {{ identity_access.holder('accounts', 'accounts.account_id') }}
    || ' was not seen to do anything, which proves nothing: not all of it is told.' as detail
from {{ ref('identity_accounts') }} as accounts
left join {{ ref('int_identity__unproven') }} as unproven
    on accounts.source_id = unproven.source_id and unproven.control_id = 'activity-unknown'
where accounts.active and accounts.last_activity_state = 'unknown' and unproven.control_id is null
