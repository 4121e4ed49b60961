-- Who holds which role?

select r.name as role, u.name, u.primary_email
from stg_logto__role_users h
join stg_logto__roles r on r.id = h.role_id
join stg_logto__users u on u.id = h.user_id
