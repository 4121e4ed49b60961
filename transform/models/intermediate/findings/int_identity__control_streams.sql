{#- The streams that each control needs, for each source that it is about, with how far each can be trusted. -#}
with needs as (
    select
        control_id,
        system,
        stream,
        of_all_sources,
        none_if_unsupported
    from {{ ref('identity_control_evidence') }}
    where stream is not null
),

read as (
    select
        needs.control_id,
        case when needs.of_all_sources then sources.source_id else status.source_id end as source_id,
        status.source_id as read_from,
        status.stream,
        status.is_opt_in,
        status.as_of,
        status.last_reason,
        case
            when status.state = 'unsupported' and needs.none_if_unsupported then 'complete'
            else status.state
        end as state,
        status.state = 'unsupported' and needs.none_if_unsupported as is_none
    from needs
    inner join {{ ref('identity_stream_status') }} as status
        on needs.system = status.system and needs.stream = status.stream
    inner join {{ ref('identity_sources') }} as sources
        on needs.of_all_sources or status.source_id = sources.source_id
)

select
    control_id,
    source_id,
    stream,
    is_none,
    as_of,
    case
        when state in ('complete', 'stale', 'not current') then state
        when state = 'unsupported' then 'cannot tell'
        else 'not read'
    end as evidence,
    case
        when state <> 'complete' then
            case when read_from <> source_id then read_from || '.' else '' end || stream
            || case
                when state = 'stale' then ': last read ' || {{ identity_access.day('as_of') }}
                when state = 'not current'
                    then
                        ': last complete ' || {{ identity_access.day('as_of') }}
                        || coalesce(', then ' || last_reason, '')
                when state = 'never complete' then ': never complete' || coalesce(', ' || last_reason, '')
                when state = 'not loaded' and is_opt_in then ': not loaded (opt-in)'
                when state = 'unsupported' then ': not supported by the server'
                else ': ' || state
            end
    end as reason
from read
