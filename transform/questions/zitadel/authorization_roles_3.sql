-- Which roles were removed in the last 90 days, and when was that noticed?

-- raw tables, which keep the rows that are gone
select u.preferred_login_name, p.name as project, h.role_key as role, o.name as organization,
       min(gone.ended_at) as noticed_gone
from authorization_roles h
join sync_runs gone
  on gone.stream = 'authorization_roles' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > h._sync_id
left join users u on u.id = h.user_id
left join projects p on p.id = h.project_id
left join organizations o on o.id = h.organization_id
group by u.preferred_login_name, p.name, h.authorization_id, h.role_key, o.name
having min(gone.ended_at) > now() at time zone 'utc' - interval '90 days'
