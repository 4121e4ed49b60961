-- Which suspended users still have an active session?

select u.name, u.primary_email, s.login_at, s.expires_at
from stg_logto__user_sessions s
join stg_logto__users u on u.id = s.user_id
where u.is_suspended
