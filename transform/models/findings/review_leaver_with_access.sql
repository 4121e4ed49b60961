with held as (
    select
        account_id,
        count(*) as entitlements
    from {{ ref('identity_effective_access') }}
    where is_active
    group by account_id
)

select
    accounts.source_id,
    accounts.account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    accounts.account_id as subject,
    {{ identity_access.holder('accounts', 'accounts.account_id') }} || ' ' || leavers.reason
    || ', and has an active account here with ' || {{ identity_access.number('coalesce(held.entitlements, 0)') }}
    || ' entitlement(s).' as detail
from {{ ref('int_identity__leavers') }} as leavers
inner join {{ ref('identity_account_people') }} as people on leavers.person_id = people.person_id
inner join {{ ref('identity_accounts') }} as accounts on people.account_id = accounts.account_id
left join held on accounts.account_id = held.account_id
where accounts.active
