-- Who is signed in, since when, and from where?

select u.email, s.started_on, s.updated_on, s.last_ip_address, a.name as application,
       c.display_name as connection
from stg_kinde__user_sessions s
join stg_kinde__users u on u.id = s.user_id
left join stg_kinde__applications a on a.id = s.client_id
left join stg_kinde__connections c on c.id = s.connection_id
order by s.updated_on desc
