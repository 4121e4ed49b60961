with resources as (
    select
        sources.source_id,
        'tenant' as resource_type,
        {{ identity_access.tenant_id('sources') }} as resource_id,
        instance.id as native_id,
        coalesce(instance.name, sources.source_name) as display_name,
        {{ identity_access.null('text') }} as parent_id,
        instance.state = 'STATE_RUNNING' as active,
        instance.creation_date as created_at
    from {{ ref('identity_sources') }} as sources
    left join {{ ref('stg_zitadel__instance') }} as instance on sources.source_id = instance.source_id
    {%- for system in identity_access.systems() %}
    union all
    select * from {{ ref('int_' ~ system ~ '__resources') }}
    {%- endfor %}
)

select
    resources.resource_id,
    resources.source_id,
    sources.system,
    resources.resource_type,
    resources.native_id,
    resources.display_name,
    resources.parent_id,
    resources.active,
    resources.created_at
from resources
inner join {{ ref('identity_sources') }} as sources on resources.source_id = sources.source_id
