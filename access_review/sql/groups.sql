with findings as ({findings}),

ranked as (
    select
        *,
        {group} as group_key,
        case severity when 'high' then 0 when 'medium' then 1 when 'low' then 2 else 3 end
            as severity_rank
    from findings
    where {group} is not null and {condition}
),

counted as (
    select
        group_key,
        count(*) as total,
        sum(case when severity_rank = 0 then 1 else 0 end) as high,
        sum(case when severity_rank = 1 then 1 else 0 end) as medium,
        sum(case when severity_rank = 2 then 1 else 0 end) as low
    from ranked
    group by group_key
),

placed as (
    select
        *,
        count(*) over () as groups,
        row_number() over (order by high desc, medium desc, low desc, group_key) as group_place
    from counted
),

numbered as (
    select
        *,
        row_number() over (
            partition by group_key
            order by severity_rank, title, person, account, scope, finding_id
        ) as place
    from ranked
)

select
    numbered.*,
    placed.group_place,
    placed.groups,
    placed.total,
    placed.high,
    placed.medium,
    placed.low
from placed
inner join numbered on placed.group_key = numbered.group_key
where placed.group_place <= $groups and numbered.place <= $each
order by placed.group_place, numbered.place
