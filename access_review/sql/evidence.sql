select
    source_id,
    stream,
    state,
    as_of,
    last_run_at,
    last_status,
    last_reason,
    row_count,
    server_total,
    is_opt_in,
    is_incremental,
    last_sync_id
from identity_stream_status
where source_id = any($sources)
order by source_id, stream
