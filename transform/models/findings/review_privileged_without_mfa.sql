select
    access.source_id,
    access.account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    access.account_id as subject,
    min(access.holder) || ' has no second factor, and ' || {{ identity_access.number('count(*)') }}
    || ' privileged entitlement(s), such as ' || min(access.access_name) || '.' as detail
from {{ ref('int_identity__named_access') }} as access
inner join {{ ref('identity_accounts') }} as accounts on access.account_id = accounts.account_id
where access.is_privileged and accounts.mfa_status = 'disabled'
group by access.source_id, access.account_id
