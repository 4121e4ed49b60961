{#- What is held in the whole tenant counts together with what is held in one organization of it. -#}
with pairs as (
    select
        access.source_id,
        access.account_id,
        case
            when access.scope_id = {{ identity_access.tenant_id('access') }} then other.scope_id
            else access.scope_id
        end as scope_id,
        access.entitlement_id,
        access.holder,
        pairs.pattern_a,
        pairs.pattern_b,
        access.access_name || ' and ' || other.access_name as names,
        pairs.reason
    from {{ ref('int_identity__toxic_pairs') }} as pairs
    inner join {{ ref('identity_sources') }} as sources on coalesce(pairs.system, sources.system) = sources.system
    inner join {{ ref('int_identity__named_access') }} as access
        on sources.source_id = access.source_id and access.entitlement_key like pairs.pattern_a
    inner join {{ ref('int_identity__named_access') }} as other
        on
            access.account_id = other.account_id
            and access.entitlement_id <> other.entitlement_id
            and other.entitlement_key like pairs.pattern_b
            and (
                access.scope_id = other.scope_id
                or {{ identity_access.tenant_id('access') }} in (access.scope_id, other.scope_id)
            )
)

select
    source_id,
    account_id,
    scope_id,
    min(entitlement_id) as entitlement_id,
    {{ identity_access.subject(['account_id', 'scope_id', 'pattern_a', 'pattern_b']) }} as subject,
    min(holder) || ' has ' || min(names) || ': ' || min(reason) || '.' as detail
from pairs
group by source_id, account_id, scope_id, pattern_a, pattern_b
