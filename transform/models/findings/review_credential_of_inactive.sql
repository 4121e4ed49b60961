select
    source_id,
    account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    credential_id as subject,
    holder || ' is ' || case when account_id is null then 'inactive' else account_status end || ', and the '
    || credential_name || ' has not been revoked.' as detail
from {{ ref('int_identity__named_credentials') }}
where
    active
    and not coalesce(is_expired, false)
    and (account_status in ('suspended', 'locked') or not is_application_active)
