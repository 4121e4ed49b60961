-- Which applications in organizations hold no role there?

select o.name as organization, a.name as application
from stg_logto__organization_applications m
join stg_logto__organizations o on o.id = m.organization_id
join stg_logto__applications a on a.id = m.application_id
where not exists (
  select 1 from stg_logto__organization_application_roles r
  where r.organization_id = m.organization_id and r.application_id = m.application_id
)
