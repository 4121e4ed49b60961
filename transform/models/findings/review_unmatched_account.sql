select
    accounts.source_id,
    accounts.account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    accounts.account_id as subject,
    {{ identity_access.holder('accounts', 'accounts.account_id') }}
    || ' belongs to nobody who is known: '
    || accounts.match_reason
    || coalesce('; perhaps to ' || substr(accounts.possible_person_id, 8), '') || '.' as detail
from {{ ref('int_identity__unmatched_accounts') }} as accounts
where accounts.is_proven
