with held as (
    select
        access.account_id,
        sum(case when access.is_active then 1 else 0 end) as rights,
        sum(case when access.is_active and entitlements.is_privileged then 1 else 0 end)
            as privileged,
        sum(case when access.is_active then 0 else 1 end) as on_paper
    from identity_effective_access as access
    left join identity_entitlements as entitlements
        on access.entitlement_id = entitlements.entitlement_id
    where access.source_id = any($sources)
    group by access.account_id
),

of_accounts as (
    select
        coalesce(owners.person_id, owners.possible_person_id, accounts.account_id) as holder_id,
        owners.person_id is null and owners.possible_person_id is not null as is_perhaps,
        accounts.source_id,
        accounts.account_id,
        accounts.account_type,
        coalesce(accounts.display_name, accounts.user_name, accounts.native_id) as account,
        accounts.email,
        accounts.active,
        accounts.status,
        accounts.mfa_status,
        accounts.last_activity_at,
        accounts.last_activity_state,
        coalesce(held.rights, 0) as rights,
        coalesce(held.privileged, 0) as privileged,
        coalesce(held.on_paper, 0) as on_paper
    from identity_accounts as accounts
    left join identity_account_people as owners on accounts.account_id = owners.account_id
    left join held on accounts.account_id = held.account_id
    where accounts.source_id = any($sources)
),

holders as (
    select
        holder_id,
        sum(privileged) as privileged,
        sum(rights) as rights
    from of_accounts
    group by holder_id
),

placed as (
    select
        holders.holder_id,
        people.person_id is not null as is_person,
        people.display_name as person,
        people.email as person_email,
        count(*) over (partition by people.person_id is not null) as holders,
        row_number() over (
            partition by people.person_id is not null
            order by holders.privileged desc, holders.rights desc, holders.holder_id
        ) as place
    from holders
    left join identity_people as people on holders.holder_id = people.person_id
)

select
    placed.holder_id,
    placed.is_person,
    placed.person,
    placed.person_email,
    placed.holders,
    placed.place,
    of_accounts.is_perhaps,
    of_accounts.source_id,
    of_accounts.account_id,
    of_accounts.account_type,
    of_accounts.account,
    of_accounts.email,
    of_accounts.active,
    of_accounts.status,
    of_accounts.mfa_status,
    of_accounts.last_activity_at,
    of_accounts.last_activity_state,
    of_accounts.rights,
    of_accounts.privileged,
    of_accounts.on_paper
from placed
inner join of_accounts on placed.holder_id = of_accounts.holder_id
where placed.place <= $holders
order by placed.is_person desc, placed.place, of_accounts.source_id, of_accounts.account_id
