-- Who is signed in, since when, and from where?

select u.name, u.primary_email, s.login_at, s.ip, a.name as application, s.expires_at
from stg_logto__user_sessions s
join stg_logto__users u on u.id = s.user_id
left join stg_logto__applications a on a.id = s.client_id
order by s.login_at desc
