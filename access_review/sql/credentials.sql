select
    credentials.credential_id,
    credentials.source_id,
    credentials.credential_type,
    credentials.display_name,
    coalesce(accounts.display_name, accounts.user_name, accounts.native_id, credentials.account_id)
        as account,
    accounts.account_type,
    coalesce(applications.display_name, credentials.application_id) as application,
    credentials.created_by,
    credentials.created_at,
    credentials.expires_at,
    credentials.expiry_state,
    credentials.is_expired,
    credentials.last_used_at,
    credentials.last_used_state,
    credentials.active,
    credentials.account_id,
    credentials.application_id
from identity_credentials as credentials
left join identity_accounts as accounts on credentials.account_id = accounts.account_id
left join identity_resources as applications
    on credentials.application_id = applications.resource_id
where credentials.source_id = any($sources)
