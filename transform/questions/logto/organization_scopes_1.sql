-- Which roles grant each organization scope?

select s.name, s.description,
       string_agg(r.name, ', ' order by r.name) as given_by
from stg_logto__organization_scopes s
left join stg_logto__organization_role_scopes g on g.scope_id = s.id
left join stg_logto__organization_roles r on r.id = g.organization_role_id
group by s.id, s.name, s.description
