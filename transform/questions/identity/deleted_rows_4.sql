-- When was each deleted user last seen, and when was the absence noticed?

select u.id, seen.ended_at as last_seen, min(gone.ended_at) as noticed_gone
from users u
join sync_runs seen on seen.sync_id = u._sync_id and seen.stream = 'users'
join sync_runs gone on gone.stream = 'users' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > u._sync_id
group by u.id, seen.ended_at
