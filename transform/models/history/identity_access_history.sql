{{ config(unique_key='history_id') }}
with {{ identity_access.looks() }},

implied_by as (
    select
        source_id,
        implied_id,
        min(stream) as stream
    from {{ ref('identity_implications') }}
    group by source_id, implied_id
),

here as (
    select
        access.access_id,
        access.source_id,
        access.account_id,
        access.entitlement_id,
        access.scope_id,
        access.is_direct,
        access.given_entitlement_id,
        grants.inactive_reason is null as in_force,
        grants.stream as given_stream,
        grants.native_grant_id,
        grants.granted_at,
        case when not access.is_direct then coalesce(implications.stream, implied_by.stream) end as implied_stream
    from {{ ref('identity_effective_access') }} as access
    inner join {{ ref('identity_grants') }} as grants
        on
            access.account_id = grants.account_id
            and access.given_entitlement_id = grants.entitlement_id
            and access.scope_id = grants.scope_id
    left join {{ ref('identity_implications') }} as implications
        on
            access.given_entitlement_id = implications.entitlement_id
            and access.entitlement_id = implications.implied_id
            and (implications.only_in is null or access.scope_id = implications.only_in)
    left join implied_by
        on access.source_id = implied_by.source_id and access.entitlement_id = implied_by.implied_id
),

standing as (
    {%- if is_incremental() %}
    select * from {{ this }} where valid_to is null
    {%- else %}
    select
        here.*,
        {{ identity_access.null('text') }} as history_id,
        {{ identity_access.null('boolean') }} as is_baseline,
        {{ identity_access.null('text') }} as began_with,
        {{ identity_access.null('timestamp') }} as valid_from_after,
        {{ identity_access.null('timestamp') }} as valid_from
    from here
    where false
    {%- endif %}
),

-- What came or went, with the stream that is responsible: that of the grant, or, where what gives it was and is
-- there, the one that says what follows from it.
begun as (
    select
        here.*,
        giving.access_id is not null as is_giving_there,
        other.access_id is not null as is_switch,
        case when giving.access_id is null then here.given_stream else here.implied_stream end as responsible
    from here
    left join standing as same on here.access_id = same.access_id and here.in_force = same.in_force
    left join standing as other on here.access_id = other.access_id and here.in_force <> other.in_force
    left join standing as giving
        on
            here.account_id = giving.account_id
            and here.given_entitlement_id = giving.entitlement_id
            and here.scope_id = giving.scope_id
            and not here.is_direct
    where same.access_id is null
),

ended as (
    select
        standing.*,
        giving.access_id is not null as is_giving_there,
        other.access_id is not null as is_switch,
        case when giving.access_id is null then standing.given_stream else standing.implied_stream end as responsible
    from standing
    left join here as same on standing.access_id = same.access_id and standing.in_force = same.in_force
    left join here as other on standing.access_id = other.access_id and standing.in_force <> other.in_force
    left join here as giving
        on
            standing.account_id = giving.account_id
            and standing.given_entitlement_id = giving.entitlement_id
            and standing.scope_id = giving.scope_id
            and not standing.is_direct
    where same.access_id is null
),

versions as (
    select
        {{ identity_access.null('text') }} as history_id,
        access_id,
        begun.source_id,
        account_id,
        entitlement_id,
        scope_id,
        is_direct,
        in_force,
        given_entitlement_id,
        given_stream,
        implied_stream,
        native_grant_id,
        granted_at,
        looked_before is null as is_baseline,
        {{ identity_access.cause() }} as began_with,
        looked_before as valid_from_after,
        {{ identity_access.noticed_at() }} as valid_from,
        {{ identity_access.null('text') }} as ended_with,
        {{ identity_access.null('timestamp') }} as valid_to_after,
        {{ identity_access.null('timestamp') }} as valid_to
    from begun
    left join looks on begun.source_id = looks.source_id and begun.responsible = looks.stream
    union all
    select
        history_id,
        access_id,
        ended.source_id,
        account_id,
        entitlement_id,
        scope_id,
        is_direct,
        in_force,
        given_entitlement_id,
        given_stream,
        implied_stream,
        native_grant_id,
        granted_at,
        is_baseline,
        began_with,
        valid_from_after,
        valid_from,
        {{ identity_access.cause() }},
        coalesce(looked_before, valid_from),
        {{ identity_access.noticed_at() }}
    from ended
    left join looks on ended.source_id = looks.source_id and ended.responsible = looks.stream
    where is_new or is_switch
)

select
    coalesce(history_id, {{ identity_access.short_hash([
        'access_id', "case when in_force then 'in force' else 'on paper' end",
        'cast(valid_from as ' ~ dbt.type_string() ~ ')',
    ]) }}) as history_id,
    access_id,
    source_id,
    account_id,
    entitlement_id,
    scope_id,
    is_direct,
    in_force,
    given_entitlement_id,
    given_stream,
    implied_stream,
    native_grant_id,
    granted_at,
    is_baseline,
    began_with,
    valid_from_after,
    valid_from,
    ended_with,
    valid_to_after,
    valid_to
from versions
