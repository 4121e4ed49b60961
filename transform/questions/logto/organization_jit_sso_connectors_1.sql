-- Which SSO connectors provision users into which organizations?

select o.name as organization, j.connector_name, c.domains
from stg_logto__organization_jit_sso_connectors j
join stg_logto__organizations o on o.id = j.organization_id
left join stg_logto__sso_connectors c on c.id = j.sso_connector_id
