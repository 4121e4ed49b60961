-- Which applications can change everything, through the Management API? (This tap's own is one of them.)

select a.id, a.name as application, r.name as role
from stg_logto__role_applications h
join stg_logto__role_scopes s on s.role_id = h.role_id
join stg_logto__applications a on a.id = h.application_id
join stg_logto__roles r on r.id = h.role_id
where s.resource_id = 'management-api'
