with described as (
    select
        source_id,
        'membership' as entitlement_type,
        {{ identity_access.membership_id() }} as entitlement_id,
        'member' as entitlement_key,
        'Member' as display_name,
        {{ identity_access.null('text') }} as resource_id,
        {{ identity_access.null('text') }} as description
    from {{ ref('identity_sources') }}
    {%- for system in identity_access.systems() %}
    union all
    select * from {{ ref('int_' ~ system ~ '__entitlements') }}
    {%- endfor %}
),

named as (
    select source_id, entitlement_id from {{ ref('identity_grants') }}
    union
    select source_id, entitlement_id from {{ ref('identity_implications') }}
    union
    select source_id, implied_id from {{ ref('identity_implications') }}
),

-- What is held, and was not read or is gone: all that is known of it is its id.
entitlements as (
    select described.*, true as is_described from described
    union all
    select
        named.source_id,
        {{ dbt.split_part('named.entitlement_id', "'/'", 2) }},
        named.entitlement_id,
        substr(
            named.entitlement_id,
            length(named.source_id) + length({{ dbt.split_part('named.entitlement_id', "'/'", 2) }}) + 3
        ),
        named.entitlement_id,
        {{ identity_access.null('text') }},
        {{ identity_access.null('text') }},
        false
    from named
    left join described on named.entitlement_id = described.entitlement_id
    where described.entitlement_id is null
),

privileged as (
    select
        entitlements.entitlement_id,
        min(patterns.reason) as reason
    from entitlements
    inner join {{ ref('identity_sources') }} as sources on entitlements.source_id = sources.source_id
    inner join {{ ref('identity_privileged') }} as patterns
        on
            coalesce(nullif(cast(patterns.system as {{ dbt.type_string() }}), ''), sources.system) = sources.system
            and entitlements.entitlement_type = patterns.entitlement_type
            and lower(entitlements.entitlement_key) like lower(patterns.pattern)
    group by entitlements.entitlement_id
)

select
    entitlements.entitlement_id,
    entitlements.source_id,
    sources.system,
    entitlements.entitlement_type,
    entitlements.entitlement_key,
    entitlements.display_name,
    entitlements.resource_id,
    entitlements.description,
    entitlements.is_described,
    privileged.entitlement_id is not null as is_privileged,
    privileged.reason as privileged_reason
from entitlements
inner join {{ ref('identity_sources') }} as sources on entitlements.source_id = sources.source_id
left join privileged on entitlements.entitlement_id = privileged.entitlement_id
