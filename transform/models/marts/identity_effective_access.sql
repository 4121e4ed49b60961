with holders as (
    select
        grants.source_id,
        grants.account_id,
        grants.entitlement_id,
        grants.scope_id,
        grants.inactive_reason is null and coalesce(accounts.active, true) as is_active,
        -- Only people sign in to applications.
        coalesce(accounts.account_type, 'human') = 'human' as is_human
    from {{ ref('identity_grants') }} as grants
    left join {{ ref('identity_accounts') }} as accounts on grants.account_id = accounts.account_id
),

implied as (
    select
        chains.entitlement_id,
        chains.implied_id,
        chains.only_in,
        lpad(cast(chains.depth as {{ dbt.type_string() }}), 3, '0') as depth,
        entitlements.entitlement_type = 'application_access' as is_for_humans
    from {{ ref('identity_implied') }} as chains
    inner join {{ ref('identity_entitlements') }} as entitlements on chains.implied_id = entitlements.entitlement_id
),

access as (
    select
        holders.source_id,
        holders.account_id,
        implied.implied_id as entitlement_id,
        holders.scope_id,
        count(*) as ways,
        -- Sorts ways that are in force first, then those that are short.
        min(case when holders.is_active then '0' else '1' end || implied.depth || holders.entitlement_id) as best
    from holders
    inner join implied
        on
            holders.entitlement_id = implied.entitlement_id
            and (implied.only_in is null or holders.scope_id = implied.only_in)
            and (holders.is_human or not implied.is_for_humans)
    group by holders.source_id, holders.account_id, implied.implied_id, holders.scope_id
)

select
    {{ identity_access.short_hash(['account_id', 'entitlement_id', 'scope_id']) }} as access_id,
    source_id,
    account_id,
    entitlement_id,
    scope_id,
    substr(best, 2, 3) = '000' as is_direct,
    cast(substr(best, 2, 3) as {{ dbt.type_int() }}) as depth,
    ways,
    substr(best, 5) as given_entitlement_id,
    substr(best, 1, 1) = '0' as is_active
from access
