{#- People who have left: the HR system says so, or, of whom it does not know, an account of theirs is suspended. -#}
with suspended as (
    select
        people.person_id,
        min(sources.source_name) as source_name
    from {{ ref('identity_account_people') }} as people
    inner join {{ ref('identity_accounts') }} as accounts on people.account_id = accounts.account_id
    inner join {{ ref('identity_sources') }} as sources on accounts.source_id = sources.source_id
    where accounts.status = 'suspended'
    group by people.person_id
),

told as (
    select
        people.person_id,
        case
            when people.ended_on <= cast({{ identity_access.now() }} as date)
                then 'left on ' || {{ identity_access.day('people.ended_on') }}
            when lower(people.employee_status) in ({{ identity_access.text_list(var('left_statuses')) }})
                then 'is ' || people.employee_status || ' in the HR system'
            when not people.is_employee then 'is suspended in ' || suspended.source_name
        end as reason
    from {{ ref('identity_people') }} as people
    left join suspended on people.person_id = suspended.person_id
)

select
    person_id,
    reason
from told
where reason is not null
