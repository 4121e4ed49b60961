{#- A grant is in the organization that is its scope, or that its scope belongs to: a project, or a project grant,
    the id of which ends with the organization. -#}
with placed as (
    select
        grants.source_id,
        grants.account_id,
        entitlements.display_name as entitlement_name,
        case resources.resource_type
            when 'organization' then resources.resource_id
            when 'project' then resources.parent_id
            when 'project_grant'
                then
                    grants.source_id || '/organization/'
                    || {{ dbt.split_part('resources.native_id', "'/'", 2) }}
            when 'group' then resources.parent_id
        end as organization_id
    from {{ ref('identity_grants') }} as grants
    inner join {{ ref('identity_resources') }} as resources on grants.scope_id = resources.resource_id
    inner join {{ ref('identity_entitlements') }} as entitlements on grants.entitlement_id = entitlements.entitlement_id
    where grants.inactive_reason is null
)

select
    placed.source_id,
    placed.account_id,
    placed.organization_id as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    {{ identity_access.subject(['placed.account_id', 'placed.organization_id']) }} as subject,
    min({{ identity_access.holder('accounts', 'placed.account_id') }}) || ' of '
    || min(coalesce(homes.display_name, accounts.home_organization_id)) || ' has access in '
    || min(coalesce(organizations.display_name, placed.organization_id)) || ': '
    || {{ identity_access.number('count(*)') }} || ' grant(s), such as ' || min(placed.entitlement_name) || '.'
        as detail
from placed
inner join {{ ref('identity_accounts') }} as accounts on placed.account_id = accounts.account_id
left join {{ ref('identity_resources') }} as homes on accounts.home_organization_id = homes.resource_id
left join {{ ref('identity_resources') }} as organizations on placed.organization_id = organizations.resource_id
where accounts.active and placed.organization_id <> accounts.home_organization_id
group by placed.source_id, placed.account_id, placed.organization_id
