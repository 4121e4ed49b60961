-- Which SSO connectors provision users into several organizations?

select j.connector_name, count(*) as organizations
from stg_logto__organization_jit_sso_connectors j
group by j.sso_connector_id, j.connector_name having count(*) > 1
