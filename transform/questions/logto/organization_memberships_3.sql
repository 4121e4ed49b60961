-- Which memberships have been removed since the last review?

-- raw tables, which keep the rows that are gone
select o.name as organization, u.name, u.primary_email,
       min(gone.ended_at) as noticed_gone
from organization_memberships m
join sync_runs gone
  on gone.stream = 'organization_memberships' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > m._sync_id
left join organizations o on o.id = m.organization_id
left join users u on u.id = m.user_id
group by o.name, m.organization_id, m.user_id, u.name, u.primary_email
having min(gone.ended_at) > now() at time zone 'utc' - interval '90 days'
