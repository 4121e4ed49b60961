select
    accounts.source_id,
    accounts.account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    accounts.account_id as subject,
    {{ identity_access.holder('accounts', 'accounts.account_id') }} || ' has no second factor.' as detail
from {{ ref('identity_accounts') }} as accounts
where accounts.active and accounts.mfa_status = 'disabled'
