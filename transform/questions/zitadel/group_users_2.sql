-- Which group memberships were removed in the last 90 days?

-- raw tables, which keep the rows that are gone
select g.name as group_name, u.preferred_login_name,
       min(gone.ended_at) as noticed_gone
from group_users m
join sync_runs gone
  on gone.stream = 'group_users' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > m._sync_id
left join "groups" g on g.id = m.group_id
left join users u on u.id = m.user_id
group by g.name, m.group_id, m.user_id, u.preferred_login_name
having min(gone.ended_at) > now() at time zone 'utc' - interval '90 days'
