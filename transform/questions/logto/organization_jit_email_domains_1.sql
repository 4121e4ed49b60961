-- Which e-mail domains allow anybody with an address there to join, and with which roles?

select o.name as organization, d.email_domain,
       string_agg(r.organization_role_name, ', ' order by r.organization_role_name) as roles
from stg_logto__organization_jit_email_domains d
join stg_logto__organizations o on o.id = d.organization_id
left join stg_logto__organization_jit_roles r
  on r.organization_id = d.organization_id
group by o.id, o.name, d.email_domain
