-- Who can access a given API resource through an organization?

select s.scope_name as permission, o.name as organization, u.name, u.primary_email
from stg_logto__organization_role_resource_scopes s
join stg_logto__organization_member_roles m
  on m.organization_role_id = s.organization_role_id
join stg_logto__organizations o on o.id = m.organization_id
join stg_logto__users u on u.id = m.user_id
where s.resource_name = 'Orders'
