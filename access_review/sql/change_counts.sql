select
    source_id,
    change as kind,
    count(*) as counted
from identity_access_changes
where source_id = any($sources) and noticed_at >= cast($since as timestamp)
group by source_id, change
order by source_id, change
