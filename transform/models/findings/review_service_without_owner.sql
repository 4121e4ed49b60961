with owners as (
    select
        cast(account_id as {{ dbt.type_string() }}) as account_id,
        nullif(lower(trim(cast(owner_email as {{ dbt.type_string() }}))), '') as email
    from {{ ref('identity_owners') }}
)

select
    accounts.source_id,
    accounts.account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    accounts.account_id as subject,
    {{ identity_access.holder('accounts', 'accounts.account_id') }} || case
        when owners.email is null then ' has no owner.'
        else ' has an owner, ' || owners.email || ', who ' || leavers.reason || '.'
    end as detail
from {{ ref('identity_accounts') }} as accounts
left join owners on accounts.account_id = owners.account_id
left join {{ ref('int_identity__leavers') }} as leavers on leavers.person_id = 'person/' || owners.email
where
    accounts.active
    and accounts.account_type <> 'human'
    and (owners.email is null or leavers.person_id is not null)
