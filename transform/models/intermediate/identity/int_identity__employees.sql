{#- What the HR system says of each employee, by address; of several entries with one, that which is not ended. -#}
{% if var('employees_relation') -%}
select
    email,
    status,
    manager_email,
    department,
    ended_on
from (
    select
        lower(trim(email)) as email,
        status,
        lower(trim(manager_email)) as manager_email,
        department,
        ended_on,
        row_number() over (
            partition by lower(trim(email))
            order by case when ended_on is null then 0 else 1 end, ended_on desc, status
        ) as place
    from {{ var('employees_relation') }}
    where trim(email) <> ''
) as entries
where place = 1
{%- else -%}
select
    {{ identity_access.null('text') }} as email,
    {{ identity_access.null('text') }} as status,
    {{ identity_access.null('text') }} as manager_email,
    {{ identity_access.null('text') }} as department,
    cast(null as date) as ended_on
where false
{%- endif %}
