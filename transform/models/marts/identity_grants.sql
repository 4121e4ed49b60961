with facts as (
    {%- for system in identity_access.systems() %}
    select * from {{ ref('int_' ~ system ~ '__grants') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

-- What is given in several ways is one grant, in force if any of them is.
select
    {{ identity_access.short_hash(['account_id', 'entitlement_id', 'scope_id']) }} as grant_id,
    source_id,
    account_id,
    entitlement_id,
    scope_id,
    min(stream) as stream,
    min(via_id) as via_id,
    min(native_grant_id) as native_grant_id,
    min(granted_at) as granted_at,
    case when count(*) = count(inactive_reason) then min(inactive_reason) end as inactive_reason
from facts
group by source_id, account_id, entitlement_id, scope_id
