{#- Chains are joined to chains: after each round they are up to twice as long, so that six rounds reach 64
    steps. The shortest chain between two entitlements is kept, which ends circles. There are few
    entitlements, however many hold them. -#}
{%- set rounds = 6 -%}
with chains_0 as (
    select
        source_id,
        entitlement_id,
        entitlement_id as implied_id,
        {{ identity_access.null('text') }} as only_in,
        0 as depth
    from {{ ref('identity_entitlements') }}
    union all
    select
        source_id,
        entitlement_id,
        implied_id,
        only_in,
        1
    from {{ ref('identity_implications') }}
    where entitlement_id <> implied_id
),
{% for round in range(1, rounds + 1) %}
chains_{{ round }} as (
    select
        head.source_id,
        head.entitlement_id,
        tail.implied_id,
        coalesce(head.only_in, tail.only_in) as only_in,
        min(head.depth + tail.depth) as depth
    from chains_{{ round - 1 }} as head
    inner join chains_{{ round - 1 }} as tail on head.implied_id = tail.entitlement_id
    where head.only_in is null or tail.only_in is null or head.only_in = tail.only_in
    group by head.source_id, head.entitlement_id, tail.implied_id, coalesce(head.only_in, tail.only_in)
),
{% endfor %}
everywhere as (
    select
        entitlement_id,
        implied_id,
        depth
    from chains_{{ rounds }}
    where only_in is null
)

select
    chains.source_id,
    chains.entitlement_id,
    chains.implied_id,
    chains.only_in,
    chains.depth
from chains_{{ rounds }} as chains
left join everywhere
    on chains.entitlement_id = everywhere.entitlement_id and chains.implied_id = everywhere.implied_id
-- What follows everywhere need not be said of one scope.
where chains.only_in is null or everywhere.implied_id is null
