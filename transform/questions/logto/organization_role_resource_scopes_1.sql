-- Which organization roles grant access to which API resources?

select r.name as role, s.resource_name, s.scope_name
from stg_logto__organization_role_resource_scopes s
join stg_logto__organization_roles r on r.id = s.organization_role_id
