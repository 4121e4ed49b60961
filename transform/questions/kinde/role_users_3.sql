-- Who lost a role in the last 90 days and is still a member?

-- raw tables, which keep the rows that are gone
select o.name as organization, r.name as role, m.full_name, m.email,
       min(gone.ended_at) as noticed_gone
from role_users h
join sync_runs gone
  on gone.stream = 'role_users' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > h._sync_id
join stg_kinde__organization_users m on m.org_code = h.org_code and m.id = h.user_id
left join roles r on r.id = h.role_id
left join organizations o on o.code = h.org_code
group by o.name, r.name, h.role_id, h.org_code, h.user_id, m.full_name, m.email
having min(gone.ended_at) > now() at time zone 'utc' - interval '90 days'
