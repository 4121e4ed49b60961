{#- Grants that are not in force. That something is no longer there is certain only if it was read in the same run as
    the grant or in a later one. An application that Kinde lists at an API as not authorized was given nothing, and
    what a suspended user has is another question's answer. -#}
with unproven as (
    select distinct source_id
    from {{ ref('int_identity__unproven') }}
    where control_id = 'grant-without-effect'
)

select
    grants.*,
    grants.inactive_reason not like '%no longer%' or unproven.source_id is null as is_proven
from {{ ref('identity_grants') }} as grants
left join unproven on grants.source_id = unproven.source_id
where
    grants.stream <> 'api_applications'
    and grants.inactive_reason <> 'the user is suspended in the organization'
