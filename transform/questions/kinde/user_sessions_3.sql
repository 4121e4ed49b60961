-- Which sessions have changed their IP address?

select u.email, s.initial_ip_address, s.last_ip_address, s.initial_user_agent, s.last_user_agent
from stg_kinde__user_sessions s
join stg_kinde__users u on u.id = s.user_id
where s.initial_ip_address <> s.last_ip_address
-- may be empty
