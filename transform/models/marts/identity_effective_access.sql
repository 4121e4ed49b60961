with ways as (
    select
        grants.source_id,
        grants.account_id,
        implied.implied_id as entitlement_id,
        grants.scope_id,
        -- Sorts ways that are in force first, then those that are short.
        case when grants.inactive_reason is null then '0' else '1' end
        || lpad(cast(implied.depth as {{ dbt.type_string() }}), 3, '0')
        || grants.entitlement_id as way
    from {{ ref('identity_grants') }} as grants
    inner join {{ ref('identity_implied') }} as implied
        on
            grants.entitlement_id = implied.entitlement_id
            and (implied.only_in is null or grants.scope_id = implied.only_in)
),

access as (
    select
        source_id,
        account_id,
        entitlement_id,
        scope_id,
        count(*) as ways,
        min(way) as best
    from ways
    group by source_id, account_id, entitlement_id, scope_id
)

select
    {{ identity_access.short_hash(['access.account_id', 'access.entitlement_id', 'access.scope_id']) }} as access_id,
    access.source_id,
    access.account_id,
    access.entitlement_id,
    access.scope_id,
    substr(access.best, 2, 3) = '000' as is_direct,
    cast(substr(access.best, 2, 3) as {{ dbt.type_int() }}) as depth,
    access.ways,
    substr(access.best, 5) as given_entitlement_id,
    substr(access.best, 1, 1) = '0' and coalesce(accounts.active, true) as is_active
from access
inner join {{ ref('identity_entitlements') }} as entitlements
    on access.entitlement_id = entitlements.entitlement_id
left join {{ ref('identity_accounts') }} as accounts on access.account_id = accounts.account_id
-- Only people sign in to applications.
where entitlements.entitlement_type <> 'application_access' or coalesce(accounts.account_type, 'human') = 'human'
