{#- How far the answer to each control can be trusted at each source: what the worst of its streams is. -#}
with ranks as (
    {%- for word in ['complete', 'stale', 'not current', 'not read', 'cannot tell', 'not applicable'] %}
    select
        '{{ word }}' as evidence,
        {{ loop.index }} as badness
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

said as (
    select
        needs.control_id,
        sources.source_id,
        case when needs.cannot_tell_reason is not null then 'cannot tell' else 'not applicable' end as evidence,
        coalesce(needs.cannot_tell_reason, needs.not_applicable_reason) as reason
    from {{ ref('identity_control_evidence') }} as needs
    inner join {{ ref('identity_sources') }} as sources on needs.system = sources.system
    where needs.stream is null
    union all
    select
        'toxic-combination',
        sources.source_id,
        'not applicable',
        'no pair of entitlements is switched on (identity_toxic_pairs)'
    from {{ ref('identity_sources') }} as sources
    left join {{ ref('int_identity__toxic_pairs') }} as pairs
        on coalesce(pairs.system, sources.system) = sources.system
    where pairs.pattern_a is null
    {%- if not var('internal_domains') %}
    union all
    select
        'external-access',
        source_id,
        'cannot tell',
        'the system does not tell which domains are an organization''s own, and internal_domains is not set'
    from {{ ref('identity_sources') }}
    where system <> 'zitadel'
    {%- endif %}
    {%- if not var('employees_relation') and identity_access.sources() | length < 2 %}
    union all
    select
        'leaver-with-access',
        source_id,
        'cannot tell',
        'there is no other source, and no table of the HR system (employees_relation), that tells who has left'
    from {{ ref('identity_sources') }}
    {%- endif %}
),

told as (
    select
        control_id,
        source_id,
        evidence,
        as_of,
        not is_none as is_dated,
        reason
    from {{ ref('int_identity__control_streams') }}
    union all
    select
        control_id,
        source_id,
        evidence,
        {{ identity_access.null('timestamp') }},
        false,
        reason
    from said
),

worst as (
    select
        told.control_id,
        told.source_id,
        max(ranks.badness) as badness,
        case when count(told.as_of) = sum(case when told.is_dated then 1 else 0 end) then min(told.as_of) end as as_of,
        {{ dbt.listagg('told.reason', "'; '", 'order by told.reason') }} as reason
    from told
    inner join ranks on told.evidence = ranks.evidence
    group by told.control_id, told.source_id
)

select
    worst.control_id,
    worst.source_id,
    ranks.evidence,
    worst.as_of,
    worst.reason
from worst
inner join ranks on worst.badness = ranks.badness
