-- Which e-mail domains sign in through which identity provider?

select c.connector_name, c.provider_name, c.issuer, jsonb_array_elements_text(c.domains) as domain
from stg_logto__sso_connectors c
