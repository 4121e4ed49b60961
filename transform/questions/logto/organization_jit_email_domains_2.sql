-- Which e-mail domains for just-in-time provisioning are free e-mail providers?

select o.name as organization, d.email_domain
from stg_logto__organization_jit_email_domains d
join stg_logto__organizations o on o.id = d.organization_id
where d.email_domain in ('gmail.com', 'outlook.com', 'yahoo.com', 'icloud.com', 'proton.me')
-- may be empty
