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
    statuses.open_findings,
    statuses.accepted_findings,
    statuses.evidence,
    statuses.as_of,
    statuses.reason
from identity_control_status as statuses
inner join identity_controls as controls on statuses.control_id = controls.control_id
where statuses.source_id = any($sources)
order by
    case statuses.severity when 'high' then 0 when 'medium' then 1 when 'low' then 2 else 3 end,
    controls.title,
    statuses.control_id,
    statuses.source_id
