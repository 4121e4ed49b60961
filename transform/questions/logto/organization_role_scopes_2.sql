-- Who may remove members, and where?

select o.name as organization, u.name, u.primary_email, m.organization_role_name as through
from stg_logto__organization_role_scopes s
join stg_logto__organization_member_roles m
  on m.organization_role_id = s.organization_role_id
join stg_logto__organizations o on o.id = m.organization_id
join stg_logto__users u on u.id = m.user_id
where s.scope_name = 'delete:members'
