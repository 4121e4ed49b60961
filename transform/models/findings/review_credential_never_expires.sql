select
    source_id,
    account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    credential_id as subject,
    holder || '''s ' || credential_name || coalesce(' of ' || {{ identity_access.day('created_at') }}, '')
    || ' never expires.' as detail
from {{ ref('int_identity__named_credentials') }}
where active and expiry_state = 'never expires'
