with matched as (
    select
        people.person_id,
        accounts.source_id,
        accounts.display_name,
        accounts.active,
        accounts.last_activity_at,
        people.match_rule in ('override', 'employee') or accounts.email_trust = 'verified' as is_certain
    from {{ ref('identity_account_people') }} as people
    inner join {{ ref('identity_accounts') }} as accounts on people.account_id = accounts.account_id
    where people.person_id is not null
),

counted as (
    select
        person_id,
        max(display_name) as display_name,
        count(*) as accounts,
        count(distinct source_id) as sources,
        sum(case when active then 1 else 0 end) as active_accounts,
        min(case when is_certain then 1 else 0 end) as is_certain,
        max(last_activity_at) as last_activity_at
    from matched
    group by person_id
),

known as (
    select person_id from counted
    union
    select 'person/' || email from {{ ref('int_identity__employees') }}
)

select
    known.person_id,
    substr(known.person_id, 8) as email,
    counted.display_name,
    coalesce(counted.accounts, 0) as accounts,
    coalesce(counted.sources, 0) as sources,
    coalesce(counted.active_accounts, 0) as active_accounts,
    case
        when counted.person_id is null then 'no account'
        when counted.is_certain = 1 then 'certain'
        else 'asserted'
    end as confidence,
    counted.last_activity_at,
    employees.email is not null as is_employee,
    employees.status as employee_status,
    employees.department,
    employees.manager_email,
    employees.ended_on
from known
left join counted on known.person_id = counted.person_id
left join {{ ref('int_identity__employees') }} as employees on known.person_id = 'person/' || employees.email
