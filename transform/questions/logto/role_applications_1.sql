-- Which applications hold which roles, and with which permissions?

select a.name as application, r.name as role, x.name as resource, s.scope_name as permission
from stg_logto__role_applications h
join stg_logto__applications a on a.id = h.application_id
join stg_logto__roles r on r.id = h.role_id
left join stg_logto__role_scopes s on s.role_id = r.id
left join stg_logto__resources x on x.id = s.resource_id
order by application, role, resource, permission
