select
    source_id,
    account_id,
    scope_id,
    entitlement_id,
    {{ identity_access.subject(['account_id', 'entitlement_id', 'scope_id']) }} as subject,
    holder || ' has ' || access_name || coalesce(' through ' || through, '') || ' since '
    || {{ identity_access.day('granted_at') }} || '; it ' || privileged_reason || '.' as detail
from {{ ref('int_identity__privileged_since') }}
where age = 'new'
