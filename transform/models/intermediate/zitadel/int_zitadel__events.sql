with told as (
    select
        events.*,
        coalesce(
            {{ identity_access.text_field('events.payload', 'userId') }},
            {{ identity_access.text_field('events.payload', 'userID') }},
            authorizations.user_id,
            case when events.aggregate_type = 'user' then events.aggregate_id end
        ) as target_user_id
    from {{ ref('stg_zitadel__events') }} as events
    left join {{ ref('stg_zitadel__authorizations') }} as authorizations
        on
            events.source_id = authorizations.source_id
            and events.aggregate_type = 'usergrant'
            and events.aggregate_id = authorizations.id
)

select
    source_id,
    {{ identity_access.id('event', ['aggregate_type', 'aggregate_id', 'cast(sequence as ' ~ dbt.type_string() ~ ')']) }}
        as event_id,
    creation_date as occurred_at,
    event_type as native_type,
    case
        when event_type like '%.check.%' or event_type in ('user.token.added', 'oidc_session.added') then 3002
        when event_type like 'project.role.%' then 3008
        when aggregate_type = 'group' then 3006
        when aggregate_type in ('user', 'usergrant') or event_type like '%.member.%' then 3007
        else 3004
    end as class_uid,
    case
        when event_type like '%.check.%' or event_type in ('user.token.added', 'oidc_session.added') then 'Logon'
        when event_type in ('user.grant.added', 'user.grant.reactivated') then 'Assign Roles'
        when event_type like '%.member.added' then 'Assign Roles'
        when event_type in ('user.grant.removed', 'user.grant.cascade.removed', 'user.grant.deactivated')
            then 'Remove Roles'
        when event_type like '%.member.removed' or event_type like '%.member.cascade.removed' then 'Remove Roles'
        when event_type in ('user.human.added', 'user.human.selfregistered', 'user.machine.added') then 'Create'
        when event_type = 'user.removed' then 'Delete'
        when event_type = 'user.deactivated' then 'Disable'
        when event_type = 'user.reactivated' then 'Enable'
        when event_type = 'user.locked' then 'Lock'
        when event_type = 'user.unlocked' then 'Unlock'
        else 'Other'
    end as activity_name,
    case when event_type like '%.failed' then 'Failure' else 'Success' end as status,
    {{ identity_access.id('user', "nullif(editor_user_id, '')") }} as actor_account_id,
    {{ identity_access.id('user', 'target_user_id') }} as target_account_id,
    {{ identity_access.null('text') }} as ip
from told
