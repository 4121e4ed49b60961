-- Who has a given permission, through a tenant-wide role?

select x.name as resource, s.name as permission, u.name, u.primary_email
from stg_logto__scopes s
join stg_logto__resources x on x.id = s.resource_id
join stg_logto__role_scopes p on p.scope_id = s.id
join stg_logto__role_users h on h.role_id = p.role_id
join stg_logto__users u on u.id = h.user_id
where s.name = 'delete:orders'
