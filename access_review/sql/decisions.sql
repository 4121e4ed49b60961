select
    decision_id,
    finding_id,
    control_id,
    source_id,
    subject,
    detail,
    decision,
    accept_until,
    decided_by,
    decided_on,
    why,
    report_id,
    recorded_at
from {decisions}
where source_id = any($sources)
