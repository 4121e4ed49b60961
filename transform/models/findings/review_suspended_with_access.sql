select
    grants.source_id,
    grants.account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    grants.account_id as subject,
    min(grants.holder) || ' is ' || min(grants.status) || ', and would have access again: '
    || {{ identity_access.number('count(*)') }} || ' grant(s), such as '
    || min(entitlements.display_name || ' in ' || coalesce(resources.display_name, grants.scope_id)) || '.'
        as detail
from {{ ref('int_identity__grants_of_suspended') }} as grants
inner join {{ ref('identity_entitlements') }} as entitlements on grants.entitlement_id = entitlements.entitlement_id
left join {{ ref('identity_resources') }} as resources on grants.scope_id = resources.resource_id
where grants.is_proven
group by grants.source_id, grants.account_id
