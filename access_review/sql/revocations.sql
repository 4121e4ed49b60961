with decisions as (
    select
        *,
        row_number() over (
            partition by finding_id order by decided_on desc, recorded_at desc, decision_id
        ) as recency
    from {decisions}
),

revoked as (
    select * from decisions
    where recency = 1 and decision = 'revoke' and source_id = any($sources)
),

-- When the last version of what was to be revoked ended; null while one is open.
ended as (
    select
        revoked.finding_id,
        count(*) as versions,
        case when count(*) = count(history.valid_to) then max(history.valid_to) end as ended_at
    from revoked
    inner join identity_access_history as history
        on
            revoked.account_id = history.account_id
            and revoked.entitlement_id = history.entitlement_id
            and revoked.scope_id = history.scope_id
    group by revoked.finding_id
)

select
    revoked.finding_id,
    revoked.control_id,
    controls.title,
    revoked.source_id,
    revoked.subject,
    revoked.detail,
    revoked.decided_by,
    revoked.decided_on,
    revoked.why,
    cast($today as date) - revoked.decided_on as days,
    ended.ended_at,
    statuses.as_of,
    case
        when findings.finding_id is not null then 'still there'
        when ended.versions is not null and ended.ended_at is null then 'access still there'
        when ended.ended_at is not null then 'gone'
        when statuses.evidence = 'complete' and cast(statuses.as_of as date) >= revoked.decided_on
            then 'no longer found'
        else 'cannot tell'
    end as progress
from revoked
left join identity_controls as controls on revoked.control_id = controls.control_id
left join identity_findings as findings on revoked.finding_id = findings.finding_id
left join ended on revoked.finding_id = ended.finding_id
left join identity_control_status as statuses
    on revoked.control_id = statuses.control_id and revoked.source_id = statuses.source_id
order by revoked.decided_on, revoked.source_id, revoked.control_id, revoked.subject
