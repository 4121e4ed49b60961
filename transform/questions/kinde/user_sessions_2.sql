-- Which suspended users still have an active session?

select u.email, s.started_on, s.expires_on
from stg_kinde__user_sessions s
join stg_kinde__users u on u.id = s.user_id
where u.is_suspended
