with accounts as (
    select
        count(*) as accounts,
        coalesce(sum(case when active then 1 else 0 end), 0) as active_accounts
    from identity_accounts
    where source_id = any($sources)
),

people as (
    select count(distinct person_id) as people
    from identity_account_people
    where source_id = any($sources) and person_id is not null
),

access as (
    select
        count(*) as rights,
        coalesce(sum(case when access.is_active then 1 else 0 end), 0) as active_rights,
        count(
            distinct
            case when access.is_active and entitlements.is_privileged then access.account_id end
        ) as privileged_accounts
    from identity_effective_access as access
    left join identity_entitlements as entitlements
        on access.entitlement_id = entitlements.entitlement_id
    where access.source_id = any($sources)
)

select
    people.people,
    accounts.accounts,
    accounts.active_accounts,
    access.rights,
    access.active_rights,
    access.privileged_accounts
from accounts
cross join people
cross join access
