-- Which applications have several keys?

select a.name as application, count(*) as keys, min(k.creation_date) as oldest
from stg_zitadel__application_keys k
join stg_zitadel__applications a on a.id = k.application_id
group by a.id, a.name having count(*) > 1
