-- Which applications allow sign-in with a social account?

select a.name as application, c.strategy
from stg_kinde__application_connections c
join stg_kinde__applications a on a.id = c.application_id
where c.strategy like 'oauth2:%'
