{{ config(unique_key=['kind', 'id']) }}
with named as (
    select
        'account' as kind,
        account_id as id,
        source_id,
        display_name
    from {{ ref('identity_accounts') }}
    union all
    select
        'entitlement',
        entitlement_id,
        source_id,
        display_name
    from {{ ref('identity_entitlements') }}
    where is_described
    union all
    select
        'resource',
        resource_id,
        source_id,
        display_name
    from {{ ref('identity_resources') }}
)

select
    named.kind,
    named.id,
    named.source_id,
    named.display_name
from named
{%- if is_incremental() %}
left join {{ this }} as known on named.kind = known.kind and named.id = known.id
where
    named.display_name is not null
    and (known.display_name is null or named.display_name <> known.display_name)
{%- else %}
where named.display_name is not null
{%- endif %}
