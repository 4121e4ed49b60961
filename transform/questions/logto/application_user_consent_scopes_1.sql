-- Which scopes may third-party applications ask for?

select a.name as application, c.type, x.name as resource, c.scope_name
from stg_logto__application_user_consent_scopes c
join stg_logto__applications a on a.id = c.application_id
left join stg_logto__resources x on x.id = c.resource_id
order by application, c.type, resource, c.scope_name
