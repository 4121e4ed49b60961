select
    accounts.source_id,
    accounts.account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    accounts.account_id as subject,
    min({{ identity_access.holder('accounts', 'accounts.account_id') }}) || ' is ' || min(accounts.status)
    || ', and would have access again: ' || {{ identity_access.number('count(*)') }} || ' grant(s), such as '
    || min(entitlements.display_name || ' in ' || coalesce(resources.display_name, grants.scope_id)) || '.'
        as detail
from {{ ref('identity_accounts') }} as accounts
inner join {{ ref('identity_grants') }} as grants on accounts.account_id = grants.account_id
inner join {{ ref('identity_entitlements') }} as entitlements on grants.entitlement_id = entitlements.entitlement_id
left join {{ ref('identity_resources') }} as resources on grants.scope_id = resources.resource_id
where accounts.status in ('suspended', 'locked') and {{ identity_access.stands('grants', 'accounts') }}
group by accounts.source_id, accounts.account_id
