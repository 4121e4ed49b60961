{#- Exceptions, with what is wrong with them. -#}
with texts as (
    select
        {{ identity_access.filled_text('control_id') }} as control_id,
        {{ identity_access.filled_text('subject') }} as subject,
        {{ identity_access.filled_text('account_id') }} as account_id,
        {{ identity_access.filled_text('reason') }} as reason,
        {{ identity_access.filled_text('accepted_by') }} as accepted_by,
        {{ identity_access.filled_text('accepted_until') }} as accepted_until
    from {{ ref('identity_exceptions') }}
),

dated as (
    select
        texts.control_id,
        texts.subject,
        texts.account_id,
        texts.reason,
        texts.accepted_by,
        case
            when substr(texts.accepted_until, 1, 10) like '____-__-__'
                then cast(substr(texts.accepted_until, 1, 10) as date)
        end as accepted_until,
        controls.control_id is not null as is_control_known
    from texts
    left join {{ ref('identity_controls') }} as controls on texts.control_id = controls.control_id
)

select
    control_id,
    subject,
    account_id,
    reason,
    accepted_by,
    accepted_until,
    case
        when not is_control_known then 'control_id is no control: see identity_controls'
        when subject is null and account_id is null then 'neither subject nor account_id says what is accepted'
        when reason is null then 'reason is empty'
        when accepted_by is null then 'accepted_by is empty'
        when accepted_until is null then 'accepted_until is no day like 2027-01-31'
    end as problem
from dated
