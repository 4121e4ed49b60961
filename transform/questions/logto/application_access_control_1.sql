-- Who may use each restricted application, directly or through a tenant-wide role?

select a.name as application, u.name, u.primary_email, null as through
from stg_logto__application_access_control c
join stg_logto__applications a on a.id = c.application_id
join stg_logto__users u on u.id in (select jsonb_array_elements_text(c.user_ids))
union
select a.name, u.name, u.primary_email, r.name
from stg_logto__application_access_control c
join stg_logto__applications a on a.id = c.application_id
join stg_logto__roles r on r.id in (select jsonb_array_elements_text(c.user_role_ids))
join stg_logto__role_users h on h.role_id = r.id
join stg_logto__users u on u.id = h.user_id
