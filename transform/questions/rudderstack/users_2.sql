-- Which accounts were deleted since the last review?

-- raw tables, which keep the rows that are gone
select u.display_name, u.user_name,
       min(gone.ended_at) as noticed_gone
from users u
join sync_runs gone
  on gone.stream = 'users' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > u._sync_id
group by u.id, u.display_name, u.user_name
having min(gone.ended_at) > now() at time zone 'utc' - interval '90 days'
