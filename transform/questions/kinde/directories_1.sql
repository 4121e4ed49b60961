-- Which directories report an error?

select o.name as organization, d.directory_name, d.status, d.last_sync_error,
       d.last_sync_started_at
from stg_kinde__directories d
left join stg_kinde__organizations o on o.code = d.organization_code
where (d.status = 'Error' or d.last_sync_error is not null)
