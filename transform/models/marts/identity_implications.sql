with implications as (
    {%- for system in ['kinde', 'logto', 'rudderstack'] %}
    select * from {{ ref('int_' ~ system ~ '__implications') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    source_id,
    entitlement_id,
    implied_id,
    only_in,
    min(stream) as stream
from implications
group by source_id, entitlement_id, implied_id, only_in
