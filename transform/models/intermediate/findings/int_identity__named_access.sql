{#- Access that is in force, of accounts that are known, with the names that people know. -#}
select
    access.access_id,
    access.source_id,
    access.account_id,
    access.entitlement_id,
    access.scope_id,
    access.given_entitlement_id,
    {{ identity_access.holder('accounts', 'access.account_id') }} as holder,
    entitlements.display_name || ' in ' || coalesce(resources.display_name, access.scope_id) as access_name,
    case when not access.is_direct then given.display_name end as through,
    entitlements.entitlement_key,
    entitlements.is_privileged,
    entitlements.privileged_reason
from {{ ref('identity_effective_access') }} as access
inner join {{ ref('identity_accounts') }} as accounts on access.account_id = accounts.account_id
inner join {{ ref('identity_entitlements') }} as entitlements on access.entitlement_id = entitlements.entitlement_id
inner join {{ ref('identity_entitlements') }} as given on access.given_entitlement_id = given.entitlement_id
left join {{ ref('identity_resources') }} as resources on access.scope_id = resources.resource_id
where access.is_active
