select
    source_id,
    case when is_expired then 'expired' else expiry_state end as kind,
    count(*) as counted
from identity_credentials
where source_id = any($sources)
group by source_id, case when is_expired then 'expired' else expiry_state end
order by source_id, kind
