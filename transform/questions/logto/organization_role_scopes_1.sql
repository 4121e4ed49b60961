-- Which organization scopes does each role grant?

select r.name as role, string_agg(s.scope_name, ', ' order by s.scope_name) as permissions
from stg_logto__organization_role_scopes s
join stg_logto__organization_roles r on r.id = s.organization_role_id
group by r.id, r.name
