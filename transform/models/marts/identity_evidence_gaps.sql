with status as (
    select
        *,
        max(case when state = 'not loaded' then 0 else 1 end) over (partition by source_id) as is_source_loaded
    from {{ ref('identity_stream_status') }}
)

select
    source_id,
    stream,
    state,
    as_of,
    case
        when state = 'stale'
            then 'the latest complete run ended at ' || cast(as_of as {{ dbt.type_string() }}) || ' UTC'
        when state = 'not loaded' then 'there is no such table, and no run tells of it'
        when last_status is null then 'there are rows, but no run tells of them'
        else last_status || coalesce(', ' || last_reason, '')
    end as reason
from status
where
    is_source_loaded = 1
    and (
        state in ('stale', 'not current', 'never complete')
        or (
            state = 'not loaded'
            and not is_opt_in
            and source_id || '.' || stream not in ({{ identity_access.text_list(var('streams_left_out')) }})
        )
    )
union all
select
    source_id,
    {{ identity_access.null('text') }},
    'not loaded',
    {{ identity_access.null('timestamp') }},
    'there is nothing in schema ' || raw_schema
from {{ ref('identity_sources') }}
where source_id in (
    select source_id from status
    where is_source_loaded = 0
)
