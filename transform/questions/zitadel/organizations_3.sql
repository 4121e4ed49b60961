-- Which authorizations were deleted along with an organization?

-- raw tables, which keep the rows that are gone
select o.name as organization, u.preferred_login_name, a.role_keys,
       min(gone.ended_at) as noticed_gone
from organizations o
join sync_runs gone
  on gone.stream = 'organizations' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > o._sync_id
join authorizations a on a.organization_id = o.id and a._sync_id = o._sync_id
left join users u on u.id = a.user_id
group by o.name, u.preferred_login_name, a.id, a.role_keys
