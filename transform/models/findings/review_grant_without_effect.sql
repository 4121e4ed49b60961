select
    grants.source_id,
    grants.account_id,
    grants.scope_id,
    grants.entitlement_id,
    {{ identity_access.subject(['grants.account_id', 'grants.entitlement_id', 'grants.scope_id']) }} as subject,
    {{ identity_access.holder('accounts', 'grants.account_id') }}
    || ' was given ' || entitlements.display_name || ' in ' || coalesce(resources.display_name, grants.scope_id)
    || ' without effect: ' || grants.inactive_reason || '.' as detail
from {{ ref('int_identity__grants_on_paper') }} as grants
inner join {{ ref('identity_entitlements') }} as entitlements on grants.entitlement_id = entitlements.entitlement_id
left join {{ ref('identity_accounts') }} as accounts on grants.account_id = accounts.account_id
left join {{ ref('identity_resources') }} as resources on grants.scope_id = resources.resource_id
where grants.is_proven
