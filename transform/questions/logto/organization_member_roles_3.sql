-- Who lost a role in an organization but is still a member?

-- raw tables, which keep the rows that are gone
select o.name as organization, u.name, u.primary_email, r.organization_role_name as role,
       min(gone.ended_at) as noticed_gone
from organization_member_roles r
join sync_runs gone
  on gone.stream = 'organization_member_roles' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > r._sync_id
join organization_memberships m
  on m.organization_id = r.organization_id and m.user_id = r.user_id
join organizations o on o.id = r.organization_id
join users u on u.id = r.user_id
group by o.name, u.name, u.primary_email, r.organization_id, r.user_id, r.organization_role_name
