-- Which applications are in organizations, and in how many?

select a.name, count(*) as organizations
from stg_logto__organization_applications m
join stg_logto__applications a on a.id = m.application_id
group by a.id, a.name
