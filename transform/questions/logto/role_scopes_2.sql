-- What are the effective permissions of each user, through tenant-wide roles?

select u.name, u.primary_email, x.name as resource, s.scope_name as permission,
       string_agg(r.name, ', ' order by r.name) as through
from stg_logto__role_users h
join stg_logto__users u on u.id = h.user_id
join stg_logto__roles r on r.id = h.role_id
join stg_logto__role_scopes s on s.role_id = h.role_id
join stg_logto__resources x on x.id = s.resource_id
group by u.id, u.name, u.primary_email, x.name, s.scope_id, s.scope_name
