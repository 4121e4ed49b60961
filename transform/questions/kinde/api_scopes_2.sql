-- Which roles and which users have been granted an API scope?

select a.name as api, s."key", r.name as role, null as email
from stg_kinde__api_scopes s
join stg_kinde__apis a on a.id = s.api_id
join stg_kinde__role_scopes g on g.id = s.id
join stg_kinde__roles r on r.id = g.role_id
union
select a.name, s."key", null, u.email
from stg_kinde__api_scopes s
join stg_kinde__apis a on a.id = s.api_id
join stg_kinde__user_api_scopes g on g.api_id = s.api_id and g.scope = s."key"
join stg_kinde__users u on u.id = g.user_id
