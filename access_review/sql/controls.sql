-- A finding that is to be revoked is open until it is gone.
with counted as (
    select
        control_id,
        source_id,
        sum(case when state in ('open', 'to be revoked') then 1 else 0 end) as open_findings,
        sum(case when state in ('kept', 'accepted') then 1 else 0 end) as settled_findings
    from ({findings}) as findings
    group by control_id, source_id
)

select
    statuses.control_id,
    controls.title,
    controls.question,
    statuses.severity,
    controls.soc2,
    controls.iso27001,
    controls.nist_800_53,
    controls.cis_8,
    controls.recommendation,
    statuses.source_id,
    statuses.status,
    statuses.findings,
    coalesce(counted.open_findings, 0) as open_findings,
    coalesce(counted.settled_findings, 0) as settled_findings,
    statuses.evidence,
    statuses.as_of,
    statuses.reason
from identity_control_status as statuses
inner join identity_controls as controls on statuses.control_id = controls.control_id
left join counted
    on statuses.control_id = counted.control_id and statuses.source_id = counted.source_id
where statuses.source_id = any($sources)
order by
    case statuses.severity when 'high' then 0 when 'medium' then 1 when 'low' then 2 else 3 end,
    controls.title,
    statuses.control_id,
    statuses.source_id
