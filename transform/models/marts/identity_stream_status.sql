with runs as (
    select
        *,
        row_number() over (partition by source_id, stream order by sync_id desc) as recency
    from {{ ref('stg_identity__sync_runs') }}
),

last_runs as (
    select *
    from runs
    where recency = 1
),

complete_runs as (
    select
        source_id,
        stream,
        max(ended_at) as as_of,
        max(case when mode = 'full' then ended_at end) as full_as_of
    from runs
    where status = 'complete'
    group by source_id, stream
)

select
    sources.source_id,
    sources.system,
    streams.stream,
    streams.is_opt_in,
    streams.is_incremental,
    case
        when last_runs.status in ('skipped', 'unsupported') then last_runs.status
        when complete_runs.as_of is null and (
            last_runs.stream is not null
            or sources.loaded_streams like '%,' || streams.stream || ',%'
        ) then 'never complete'
        when complete_runs.as_of is null then 'not loaded'
        when last_runs.status <> 'complete' then 'not current'
        when complete_runs.as_of < {{ dbt.dateadd('hour', -var('stale_hours') | int, identity_access.now()) }}
            then 'stale'
        else 'complete'
    end as state,
    complete_runs.as_of,
    complete_runs.full_as_of,
    last_runs.sync_id as last_sync_id,
    last_runs.ended_at as last_run_at,
    last_runs.status as last_status,
    last_runs.reason as last_reason,
    last_runs.row_count,
    last_runs.server_total
from {{ ref('identity_sources') }} as sources
inner join {{ ref('identity_streams') }} as streams on sources.system = streams.system
left join last_runs
    on sources.source_id = last_runs.source_id and streams.stream = last_runs.stream
left join complete_runs
    on sources.source_id = complete_runs.source_id and streams.stream = complete_runs.stream
