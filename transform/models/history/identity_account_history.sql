{{ config(unique_key='history_id') }}
with {{ identity_access.looks() }},

here as (
    select
        account_id,
        source_id,
        account_type,
        status,
        email_normalized,
        case when account_type = 'application' then 'applications' else 'users' end as responsible
    from {{ ref('identity_accounts') }}
),

standing as (
    {%- if is_incremental() %}
    select * from {{ this }} where valid_to is null
    {%- else %}
    select
        here.*,
        {{ identity_access.null('text') }} as history_id,
        {{ identity_access.null('boolean') }} as is_baseline,
        {{ identity_access.null('timestamp') }} as valid_from_after,
        {{ identity_access.null('timestamp') }} as valid_from
    from here
    where false
    {%- endif %}
),

begun as (
    select here.*
    from here
    left join standing
        on
            here.account_id = standing.account_id
            and here.status = standing.status
            and coalesce(here.email_normalized, '') = coalesce(standing.email_normalized, '')
    where standing.account_id is null
),

ended as (
    select
        standing.*,
        other.account_id is not null as is_changed
    from standing
    left join here as other on standing.account_id = other.account_id
    where
        other.account_id is null
        or standing.status <> other.status
        or coalesce(standing.email_normalized, '') <> coalesce(other.email_normalized, '')
),

versions as (
    select
        {{ identity_access.null('text') }} as history_id,
        account_id,
        begun.source_id,
        account_type,
        status,
        email_normalized,
        responsible,
        looked_before is null as is_baseline,
        looked_before as valid_from_after,
        {{ identity_access.noticed_at() }} as valid_from,
        {{ identity_access.null('timestamp') }} as valid_to_after,
        {{ identity_access.null('timestamp') }} as valid_to,
        {{ identity_access.null('boolean') }} as is_gone
    from begun
    left join looks on begun.source_id = looks.source_id and begun.responsible = looks.stream
    union all
    select
        history_id,
        account_id,
        ended.source_id,
        account_type,
        status,
        email_normalized,
        responsible,
        is_baseline,
        valid_from_after,
        valid_from,
        coalesce(looked_before, valid_from),
        {{ identity_access.noticed_at() }},
        not is_changed
    from ended
    left join looks on ended.source_id = looks.source_id and ended.responsible = looks.stream
    where is_new or is_changed
)

select
    coalesce(history_id, {{ identity_access.short_hash([
        'account_id', 'status', "coalesce(email_normalized, '')", 'cast(valid_from as ' ~ dbt.type_string() ~ ')',
    ]) }}) as history_id,
    account_id,
    source_id,
    account_type,
    status,
    email_normalized,
    responsible,
    is_baseline,
    valid_from_after,
    valid_from,
    valid_to_after,
    valid_to,
    is_gone
from versions
