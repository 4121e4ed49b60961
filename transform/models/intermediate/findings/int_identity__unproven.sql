{#- Controls that find what a stream lacks, at sources where that proves nothing: the last run of the stream was not
    complete, or the stream that it is compared with has been read again since. -#}
select distinct
    needs.control_id,
    status.source_id,
    status.stream
from {{ ref('identity_control_evidence') }} as needs
inner join {{ ref('identity_stream_status') }} as status
    on needs.system = status.system and needs.stream = status.stream
inner join {{ ref('identity_stream_status') }} as compared
    on status.source_id = compared.source_id and needs.compared_with = compared.stream
where
    status.state not in ('complete', 'stale')
    or status.last_sync_id < compared.last_sync_id
