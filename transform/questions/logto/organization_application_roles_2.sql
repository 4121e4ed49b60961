-- What are the permissions of applications in organizations?

select o.name as organization, a.name as application, s.resource_name, s.scope_name
from stg_logto__organization_application_roles r
join stg_logto__organization_role_resource_scopes s
  on s.organization_role_id = r.organization_role_id
join stg_logto__organizations o on o.id = r.organization_id
join stg_logto__applications a on a.id = r.application_id
