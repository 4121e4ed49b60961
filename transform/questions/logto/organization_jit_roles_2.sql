-- Which organizations have just-in-time roles, but neither e-mail domains nor SSO connectors to join by?

select o.name as organization, j.organization_role_name as role
from stg_logto__organization_jit_roles j
join stg_logto__organizations o on o.id = j.organization_id
where not exists (
    select 1 from stg_logto__organization_jit_email_domains d
    where d.organization_id = j.organization_id
  )
  and not exists (
    select 1 from stg_logto__organization_jit_sso_connectors c
    where c.organization_id = j.organization_id
  )
