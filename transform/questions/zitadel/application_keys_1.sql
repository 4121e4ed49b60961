-- Which application keys never expire, or have expired and still exist?

select p.name as project, a.name as application, k.id, k.creation_date, k.expiration_date
from stg_zitadel__application_keys k
join stg_zitadel__applications a on a.id = k.application_id
left join stg_zitadel__projects p on p.id = k.project_id
where (k.expiration_date >= '9999-01-01' or k.expiration_date < now() at time zone 'utc')
