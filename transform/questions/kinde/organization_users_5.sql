-- Which memberships were removed in the last 90 days?

-- raw tables, which keep the rows that are gone
select o.name as organization, m.full_name, m.email, m.roles,
       min(gone.ended_at) as noticed_gone
from organization_users m
join sync_runs gone
  on gone.stream = 'organization_users' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > m._sync_id
left join organizations o on o.code = m.org_code
group by o.name, m.org_code, m.id, m.full_name, m.email, m.roles
having min(gone.ended_at) > now() at time zone 'utc' - interval '90 days'
