-- Which permissions do users get who join by just-in-time provisioning?

select o.name as organization, j.organization_role_name as role, s.scope_name as permission
from stg_logto__organization_jit_roles j
join stg_logto__organizations o on o.id = j.organization_id
left join stg_logto__organization_role_scopes s
  on s.organization_role_id = j.organization_role_id
