{{ config(materialized="table") }}
with changes as (
    select
        history_id,
        access_id,
        source_id,
        account_id,
        entitlement_id,
        scope_id,
        case
            when began_with <> 'the grant is in force or not' then 'granted'
            when in_force then 'in force again'
            else 'no longer in force'
        end as change,
        began_with as cause,
        given_entitlement_id,
        given_stream,
        native_grant_id,
        granted_at,
        valid_from_after as after_at,
        valid_from as noticed_at
    from {{ ref('identity_access_history') }}
    where not is_baseline
    union all
    select
        history_id,
        access_id,
        source_id,
        account_id,
        entitlement_id,
        scope_id,
        'revoked',
        ended_with,
        given_entitlement_id,
        given_stream,
        native_grant_id,
        {{ identity_access.null('timestamp') }},
        valid_to_after,
        valid_to
    from {{ ref('identity_access_history') }}
    where valid_to is not null and ended_with <> 'the grant is in force or not'
),

-- What events about a change name it by: the authorization, the administrator, or the user (RudderStack).
named as (
    select
        *,
        case given_stream
            when 'authorization_roles' then {{ identity_access.id('authorization', 'native_grant_id') }}
            when 'administrators' then account_id || ' ' || scope_id
            when 'users' then account_id
        end as subject,
        case given_stream
            when 'authorization_roles'
                then substr(given_entitlement_id, length(
                    source_id || '/project_role/' || {{ dbt.split_part('given_entitlement_id', "'/'", 3) }} || '/'
                ) + 1)
            when 'administrators' then substr(given_entitlement_id, length(source_id || '/admin_role/') + 1)
        end as role_key
    from changes
    where cause <> 'what gives it has changed'
),

events as (
    select * from {{ ref('int_zitadel__access_events') }}
    union all
    select * from {{ ref('int_rudderstack__access_events') }}
),

-- `told_change` is null if an event may be either: it says that a permission changed, and not which.
told as (
    select
        named.history_id,
        named.change,
        events.event_id,
        events.told_at,
        events.sequence,
        events.actor_account_id,
        case
            when events.role_keys is null or events.change = 'revoked' then events.change
            when {{ identity_access.has_text('events.role_keys', 'named.role_key') }} then 'granted'
            else 'revoked'
        end as told_change
    from named
    inner join events
        on
            named.source_id = events.source_id
            and named.subject = events.subject
            and named.after_at < events.told_at
            and named.noticed_at >= events.told_at
),

told_in_order as (
    select
        *,
        lag(told_change) over (partition by history_id, change order by told_at, sequence, event_id) as told_before
    from told
),

-- The latest event that made it so: one that finds it so and leaves it so has changed something else.
latest_told as (
    select
        *,
        row_number() over (
            partition by history_id, change order by told_at desc, sequence desc, event_id desc
        ) as recency
    from told_in_order
    where told_change is null or (told_change = change and coalesce(told_before, '') <> change)
)

select
    changes.history_id,
    changes.access_id,
    changes.source_id,
    changes.account_id,
    changes.entitlement_id,
    changes.scope_id,
    account_names.display_name as account_name,
    entitlement_names.display_name as entitlement_name,
    scope_names.display_name as scope_name,
    changes.change,
    changes.cause,
    changes.given_entitlement_id,
    changes.after_at,
    changes.noticed_at,
    case
        when latest_told.told_at is not null then latest_told.told_at
        when changes.granted_at > changes.after_at and changes.granted_at <= changes.noticed_at
            then changes.granted_at
    end as told_at,
    latest_told.actor_account_id as told_actor_id,
    actor_names.display_name as told_actor_name
from changes
left join latest_told
    on
        changes.history_id = latest_told.history_id
        and changes.change = latest_told.change
        and latest_told.recency = 1
left join {{ ref('identity_names') }} as account_names
    on changes.account_id = account_names.id and account_names.kind = 'account'
left join {{ ref('identity_names') }} as entitlement_names
    on changes.entitlement_id = entitlement_names.id and entitlement_names.kind = 'entitlement'
left join {{ ref('identity_names') }} as scope_names
    on changes.scope_id = scope_names.id and scope_names.kind = 'resource'
left join {{ ref('identity_names') }} as actor_names
    on latest_told.actor_account_id = actor_names.id and actor_names.kind = 'account'
