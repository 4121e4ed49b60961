with events as (
    select
        *,
        {{ identity_access.id('event', [
            'aggregate_type', 'aggregate_id', 'cast(sequence as ' ~ dbt.type_string() ~ ')',
        ]) }} as event_id,
        {{ identity_access.id('user', "nullif(editor_user_id, '')") }} as actor_account_id,
        {{ identity_access.id('user', identity_access.text_field('payload', 'userId')) }} as target_account_id
    from {{ ref('stg_zitadel__events') }}
),

-- Events of the administrators of a project grant name it by an id that no other stream has.
project_grants as (
    select
        source_id,
        aggregate_id as project_id,
        {{ identity_access.text_field('payload', 'grantId') }} as grant_id,
        max({{ identity_access.text_field('payload', 'grantedOrgId') }}) as organization_id
    from events
    where event_type = 'project.grant.added'
    group by source_id, aggregate_id, {{ identity_access.text_field('payload', 'grantId') }}
)

select
    source_id,
    event_id,
    creation_date as told_at,
    sequence,
    actor_account_id,
    {{ identity_access.id('authorization', 'aggregate_id') }} as subject,
    {{ identity_access.json_field('payload', 'roleKeys') }} as role_keys,
    case
        when event_type = 'user.grant.added' then 'granted'
        when event_type in ('user.grant.removed', 'user.grant.cascade.removed') then 'revoked'
        when event_type = 'user.grant.deactivated' then 'no longer in force'
        when event_type = 'user.grant.reactivated' then 'in force again'
    end as change
from events
where
    event_type in (
        'user.grant.added', 'user.grant.changed', 'user.grant.cascade.changed', 'user.grant.removed',
        'user.grant.cascade.removed', 'user.grant.deactivated', 'user.grant.reactivated'
    )
union all
select
    events.source_id,
    events.event_id,
    events.creation_date,
    events.sequence,
    events.actor_account_id,
    events.target_account_id || ' ' || case
        when events.event_type like 'instance.%' then {{ identity_access.tenant_id('events') }}
        when events.event_type like 'org.%' then events.source_id || '/organization/' || events.aggregate_id
        when events.event_type like 'project.member.%' then events.source_id || '/project/' || events.aggregate_id
        else
            {{ identity_access.id(
                'project_grant', ['events.aggregate_id', 'project_grants.organization_id'], 'events'
            ) }}
    end,
    {{ identity_access.json_field('events.payload', 'roles') }},
    case
        when events.event_type like '%.added' then 'granted'
        when events.event_type like '%.removed' then 'revoked'
    end
from events
left join project_grants
    on
        events.source_id = project_grants.source_id
        and events.aggregate_id = project_grants.project_id
        and {{ identity_access.text_field('events.payload', 'grantId') }} = project_grants.grant_id
where
    events.event_type like 'instance.member.%'
    or events.event_type like 'org.member.%'
    or events.event_type like 'project.member.%'
    or events.event_type like 'project.grant.member.%'
