{{ config(materialized='table', post_hook=identity_access.analyze(this)) }}
with found as (
    {%- for control in identity_access.controls() %}
    select
        '{{ control }}' as control_id,
        source_id,
        account_id,
        scope_id,
        entitlement_id,
        subject,
        detail
    from {{ ref('review_' ~ control | replace('-', '_')) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

identified as (
    select
        {{ identity_access.short_hash(['control_id', 'subject']) }} as finding_id,
        *
    from found
),

-- Of several exceptions of one finding, the one that holds longest.
accepted as (
    select
        identified.finding_id,
        exceptions.reason,
        exceptions.accepted_by,
        exceptions.accepted_until,
        row_number() over (
            partition by identified.finding_id
            order by exceptions.accepted_until desc, exceptions.reason asc, exceptions.accepted_by asc
        ) as place
    from identified
    inner join {{ ref('int_identity__exceptions') }} as exceptions
        on
            identified.control_id = exceptions.control_id
            and coalesce(exceptions.subject, identified.subject) = identified.subject
            and coalesce(exceptions.account_id, identified.account_id, '') = coalesce(identified.account_id, '')
    where exceptions.problem is null and exceptions.accepted_until >= cast({{ identity_access.now() }} as date)
)

select
    identified.finding_id,
    identified.control_id,
    controls.severity,
    identified.source_id,
    identified.account_id,
    people.person_id,
    identified.scope_id,
    identified.entitlement_id,
    identified.subject,
    identified.detail,
    case when accepted.finding_id is null then 'open' else 'accepted' end as status,
    accepted.reason as accepted_reason,
    accepted.accepted_by,
    accepted.accepted_until
from identified
inner join {{ ref('identity_controls') }} as controls on identified.control_id = controls.control_id
left join {{ ref('identity_account_people') }} as people on identified.account_id = people.account_id
left join accepted on identified.finding_id = accepted.finding_id and accepted.place = 1
