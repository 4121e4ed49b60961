{#- Grants in force of accounts that are suspended or locked. Kinde says with a membership whether it is in force: of
    what is held in an organization without one, that is not known. -#}
with memberships as (
    select distinct
        account_id,
        scope_id
    from {{ ref('identity_grants') }}
    where stream = 'organization_users'
)

select
    grants.*,
    accounts.status,
    {{ identity_access.holder('accounts', 'grants.account_id') }} as holder,
    not(
        accounts.system = 'kinde'
        and grants.scope_id <> {{ identity_access.tenant_id('grants') }}
        and memberships.account_id is null
    ) as is_proven
from {{ ref('identity_grants') }} as grants
inner join {{ ref('identity_accounts') }} as accounts on grants.account_id = accounts.account_id
left join memberships
    on grants.account_id = memberships.account_id and grants.scope_id = memberships.scope_id
where accounts.status in ('suspended', 'locked') and grants.inactive_reason is null
