-- Which memberships were removed, and when was that noticed?

-- raw tables, which keep the rows that are gone
select u.display_name, g.display_name as "group",
       min(gone.ended_at) as noticed_gone
from group_members m
join sync_runs gone
  on gone.stream = 'group_members' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > m._sync_id
left join users u on u.id = m.member_id
left join "groups" g on g.id = m.group_id
group by u.display_name, g.display_name, m.group_id, m.member_id
