-- Which directories have not completed a sync for a day, so that leavers may still have access?

select o.name as organization, d.directory_name, d.status, d.last_sync_completed_at
from stg_kinde__directories d
left join stg_kinde__organizations o on o.code = d.organization_code
where coalesce(d.last_sync_completed_at, d.created_on)
    < now() at time zone 'utc' - interval '1 day'
