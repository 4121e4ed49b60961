{{ config(materialized="view") }}
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
        native_grant_id,
        {{ identity_access.null('timestamp') }},
        valid_to_after,
        valid_to
    from {{ ref('identity_access_history') }}
    where valid_to is not null and ended_with <> 'the grant is in force or not'
),

-- What ZITADEL's event store says of an authorization, as late as it may be.
told as (
    select
        source_id,
        aggregate_id,
        case when event_type like '%.removed' then 'revoked' else 'granted' end as change,
        creation_date as told_at,
        editor_user_id
    from {{ ref('stg_zitadel__events') }}
    where event_type in (
        'user.grant.added', 'user.grant.changed', 'user.grant.cascade.changed', 'user.grant.removed',
        'user.grant.cascade.removed'
    )
),

latest_told as (
    select
        changes.history_id,
        changes.change,
        max(told.told_at) as told_at
    from changes
    inner join told
        on
            changes.source_id = told.source_id
            and changes.native_grant_id = told.aggregate_id
            and (changes.change = told.change or told.change = 'granted')
            and changes.after_at < told.told_at
            and changes.noticed_at >= told.told_at
    group by changes.history_id, changes.change
)

select
    changes.history_id,
    changes.access_id,
    changes.source_id,
    changes.account_id,
    changes.entitlement_id,
    changes.scope_id,
    changes.change,
    changes.cause,
    changes.given_entitlement_id,
    changes.after_at,
    changes.noticed_at,
    case
        when latest_told.told_at is not null then latest_told.told_at
        when changes.granted_at > changes.after_at and changes.granted_at <= changes.noticed_at
            then changes.granted_at
    end as told_at
from changes
left join latest_told
    on changes.history_id = latest_told.history_id and changes.change = latest_told.change
