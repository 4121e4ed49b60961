select
    source_id,
    account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    account_id as subject,
    {{ identity_access.holder('accounts', 'account_id') }} || ' belongs to nobody who is known: ' || match_reason
        || coalesce('; perhaps to ' || substr(possible_person_id, 8), '') || '.' as detail
from {{ ref('int_identity__unmatched_accounts') }} as accounts
where is_proven
