-- The scopes of APIs, from `api_scopes` and, where that is not loaded, from `apis`.
with scopes as (
    select source_id, api_id, id, key, description
    from {{ ref('stg_kinde__api_scopes') }}
    union all
    select
        apis.source_id,
        apis.id,
        {{ identity_access.text_field('scope.value', 'id') }},
        {{ identity_access.text_field('scope.value', 'key') }},
        {{ identity_access.null('text') }}
    from {{ ref('stg_kinde__apis') }} as apis
    {{ identity_access.each_value('apis.scopes', 'scope', 'json') }}
)

select
    source_id,
    api_id,
    id,
    key,
    max(description) as description
from scopes
group by source_id, api_id, id, key
