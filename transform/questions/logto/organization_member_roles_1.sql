-- What are the effective permissions of each member in each organization?

select distinct o.name as organization, u.name, u.primary_email, p.resource, p.permission
from stg_logto__organization_member_roles m
join (
  select organization_role_id, null as resource, scope_name as permission
  from stg_logto__organization_role_scopes
  union all
  select organization_role_id, resource_name, scope_name
  from stg_logto__organization_role_resource_scopes
) p on p.organization_role_id = m.organization_role_id
join stg_logto__organizations o on o.id = m.organization_id
join stg_logto__users u on u.id = m.user_id
