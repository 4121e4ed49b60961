with accounts as (
    select
        source_id,
        case
            when last_activity_state <> 'known' then last_activity_state
            when cast($today as date) - cast(last_activity_at as date) <= 30 then 'within 30 days'
            when cast($today as date) - cast(last_activity_at as date) <= 90 then 'within 90 days'
            else 'longer ago'
        end as kind
    from identity_accounts
    where source_id = any($sources) and active
)

select
    source_id,
    kind,
    count(*) as counted
from accounts
group by source_id, kind
order by source_id, kind
