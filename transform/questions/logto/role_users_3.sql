-- Who lost a role in the last 90 days, and when was that noticed?

-- raw tables, which keep the rows that are gone
select u.name, u.primary_email, r.name as role,
       min(gone.ended_at) as noticed_gone
from role_users h
join sync_runs gone
  on gone.stream = 'role_users' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > h._sync_id
left join users u on u.id = h.user_id
left join roles r on r.id = h.role_id
group by u.name, u.primary_email, r.name, h.role_id, h.user_id
having min(gone.ended_at) > now() at time zone 'utc' - interval '90 days'
