with looked_at as (
    select
        source_id,
        min(as_of) as as_of,
        max(as_of) as newest_as_of,
        count(as_of) as streams_read
    from identity_stream_status
    group by source_id
)

select
    sources.source_id,
    sources.system,
    sources.source_name,
    looked_at.as_of,
    looked_at.newest_as_of,
    coalesce(looked_at.streams_read, 0) as streams_read
from identity_sources as sources
left join looked_at on sources.source_id = looked_at.source_id
order by sources.source_id
