-- Which applications hold which roles, and where?

select o.name as organization, a.name as application, r.organization_role_name as role
from stg_logto__organization_application_roles r
join stg_logto__organizations o on o.id = r.organization_id
join stg_logto__applications a on a.id = r.application_id
