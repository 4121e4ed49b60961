{{ config(materialized='table', post_hook=identity_access.analyze(this)) }}
with counted as (
    select
        control_id,
        source_id,
        count(*) as findings,
        sum(case when status = 'open' then 1 else 0 end) as open_findings
    from {{ ref('identity_findings') }}
    group by control_id, source_id
),

controls as (
    select
        controls.control_id,
        sources.source_id,
        controls.severity,
        cast(coalesce(counted.findings, 0) as {{ dbt.type_bigint() }}) as findings,
        cast(coalesce(counted.open_findings, 0) as {{ dbt.type_bigint() }}) as open_findings,
        cast(coalesce(undecided.undecided, 0) as {{ dbt.type_bigint() }}) as undecided,
        case
            when evidence.evidence is null then 'cannot tell'
            when evidence.evidence = 'complete' and undecided.undecided > 0 then 'partial'
            else evidence.evidence
        end as evidence,
        evidence.as_of,
        case
            when evidence.evidence is null then 'identity_control_evidence does not say what the control needs here'
            when undecided.reason is null or evidence.evidence in ('cannot tell', 'not applicable') then evidence.reason
            else coalesce(evidence.reason || '; ', '') || undecided.reason
        end as reason
    from {{ ref('identity_controls') }} as controls
    cross join {{ ref('identity_sources') }} as sources
    left join {{ ref('int_identity__control_evidence') }} as evidence
        on controls.control_id = evidence.control_id and sources.source_id = evidence.source_id
    left join {{ ref('int_identity__undecided') }} as undecided
        on controls.control_id = undecided.control_id and sources.source_id = undecided.source_id
    left join counted
        on controls.control_id = counted.control_id and sources.source_id = counted.source_id
)

select
    control_id,
    source_id,
    severity,
    findings,
    open_findings,
    findings - open_findings as accepted_findings,
    undecided,
    evidence,
    as_of,
    reason,
    case
        when open_findings > 0 then 'findings'
        when evidence in ('stale', 'not current') then 'not current'
        when evidence in ('not read', 'partial') then 'unknown'
        when evidence in ('cannot tell', 'not applicable') then evidence
        when findings > 0 then 'accepted'
        else 'passed'
    end as status
from controls
