{#- Permissions that people hold, and that no role explains. Of Kinde's permissions of members, that is certain only if
    the roles were read in the same run or a later one. -#}
with unproven as (
    select distinct source_id
    from {{ ref('int_identity__unproven') }}
    where control_id = 'direct-permission'
)

select
    grants.*,
    {{ identity_access.holder('accounts', 'grants.account_id') }} as holder,
    replace(entitlements.entitlement_type, '_', ' ') as kind,
    entitlements.display_name,
    grants.stream <> 'organization_user_permissions' or unproven.source_id is null as is_proven
from {{ ref('identity_grants') }} as grants
inner join {{ ref('identity_accounts') }} as accounts on grants.account_id = accounts.account_id
inner join {{ ref('identity_entitlements') }} as entitlements on grants.entitlement_id = entitlements.entitlement_id
left join unproven on grants.source_id = unproven.source_id
where
    accounts.account_type = 'human'
    and entitlements.entitlement_type in ('permission', 'scope', 'organization_scope', 'application_access')
    and {{ identity_access.stands('grants', 'accounts') }}
