{#- Credentials with the names that people know. -#}
{%- set owner -%}
coalesce(applications.display_name, credentials.created_by, credentials.account_id, 'Somebody')
{%- endset -%}
select
    credentials.*,
    coalesce(accounts.status, 'unknown') as account_status,
    applications.active as is_application_active,
    {{ identity_access.holder('accounts', owner) }} as holder,
    replace(credentials.credential_type, '_', ' ') || coalesce(' ' || credentials.display_name, '') as credential_name
from {{ ref('identity_credentials') }} as credentials
left join {{ ref('identity_accounts') }} as accounts on credentials.account_id = accounts.account_id
left join {{ ref('identity_resources') }} as applications on credentials.application_id = applications.resource_id
