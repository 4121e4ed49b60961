-- Which users have an address in the domain of an SSO connector, but also a password?

select u.name, u.primary_email, c.connector_name
from stg_logto__sso_connectors c
join stg_logto__users u
  on split_part(u.primary_email, '@', 2) in (select jsonb_array_elements_text(c.domains))
where u.has_password
-- may be empty
