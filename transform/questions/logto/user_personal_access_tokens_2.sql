-- Which users have both a personal access token and a role?

select distinct u.name, u.primary_email, r.name as role
from stg_logto__user_personal_access_tokens t
join stg_logto__users u on u.id = t.user_id
join stg_logto__role_users h on h.user_id = u.id
join stg_logto__roles r on r.id = h.role_id
