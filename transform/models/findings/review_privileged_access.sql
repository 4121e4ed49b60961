select
    source_id,
    account_id,
    scope_id,
    entitlement_id,
    {{ identity_access.subject(['account_id', 'entitlement_id', 'scope_id']) }} as subject,
    holder || ' has ' || access_name || coalesce(' through ' || through, '') || ', which ' || privileged_reason || '.'
        as detail
from {{ ref('int_identity__named_access') }}
where is_privileged
