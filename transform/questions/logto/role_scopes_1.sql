-- Which permissions does each role grant?

select r.name as role, x.name as resource, x.indicator,
       string_agg(s.scope_name, ', ' order by s.scope_name) as permissions
from stg_logto__role_scopes s
join stg_logto__roles r on r.id = s.role_id
join stg_logto__resources x on x.id = s.resource_id
group by r.name, x.name, x.indicator
