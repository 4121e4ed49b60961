-- Who may sign in to each restricted application?

select distinct a.name as application, u.email, r.name as through
from stg_kinde__application_access_roles r
join stg_kinde__applications a on a.id = r.application_id
join stg_kinde__role_users h on h.role_id = r.id
join stg_kinde__users u on u.id = h.user_id
