select
    source_id,
    account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    account_id as subject,
    holder || ' has an address outside, at ' || domain || ', and ' || {{ identity_access.number('entitlements') }}
    || ' entitlement(s).' as detail
from {{ ref('int_identity__outsiders') }}
where not is_internal
