select
    source_id,
    account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    credential_id as subject,
    holder || '''s ' || credential_name || ' expired on ' || {{ identity_access.day('expires_at') }} || '.'
        as detail
from {{ ref('int_identity__named_credentials') }}
where active and is_expired
