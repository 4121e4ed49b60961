-- Who made the changes in the audit log? (`actor_id` is probably `users.id`, but that is not documented.)

select a.created_at, coalesce(u.display_name, a.actor_id) as who, a.action
from stg_rudderstack__audit_logs a left join stg_rudderstack__users u on u.id = a.actor_id
order by a.created_at desc limit 100
