-- Which permissions are not granted by any role?

select x.name as resource, s.name as permission
from stg_logto__scopes s
join stg_logto__resources x on x.id = s.resource_id
where not exists (
    select 1 from stg_logto__role_scopes r where r.scope_id = s.id
  )
  and not exists (
    select 1 from stg_logto__organization_role_resource_scopes r
    where r.scope_id = s.id
  )
-- may be empty
