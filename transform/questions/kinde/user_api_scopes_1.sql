-- Which scopes were granted to users directly?

select u.email, o.name as organization, a.name as api, s.scope
from stg_kinde__user_api_scopes s
join stg_kinde__users u on u.id = s.user_id
left join stg_kinde__organizations o on o.code = s.org_code
left join stg_kinde__apis a on a.id = s.api_id
