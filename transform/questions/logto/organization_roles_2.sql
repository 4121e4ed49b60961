-- Which organization roles grant more than read access?

select distinct r.name, s.scope_name
from stg_logto__organization_roles r
join stg_logto__organization_role_scopes s on s.organization_role_id = r.id
where s.scope_name not like 'read:%'
