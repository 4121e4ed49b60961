select
    source_id,
    'role' as entitlement_type,
    {{ identity_access.id('role', 'id') }} as entitlement_id,
    key as entitlement_key,
    name as display_name,
    {{ identity_access.null('text') }} as resource_id,
    description
from {{ ref('stg_kinde__roles') }}
union all
select
    source_id,
    'permission',
    {{ identity_access.id('permission', 'id') }},
    key,
    name,
    {{ identity_access.null('text') }},
    description
from {{ ref('stg_kinde__permissions') }}
union all
select
    source_id,
    'system_permission',
    {{ identity_access.id('system_permission', 'id') }},
    key,
    name,
    {{ identity_access.null('text') }},
    description
from {{ ref('stg_kinde__system_permissions') }}
union all
select
    source_id,
    'scope',
    {{ identity_access.id('scope', ['api_id', 'key']) }},
    key,
    key,
    {{ identity_access.id('api', 'api_id') }},
    max(description)
from {{ ref('int_kinde__scopes') }}
where key is not null
group by source_id, api_id, key
union all
select
    source_id,
    'application_access',
    {{ identity_access.id('application_access', 'id') }},
    'access',
    'Access to ' || coalesce(name, id),
    {{ identity_access.id('application', 'id') }},
    {{ identity_access.null('text') }}
from {{ ref('stg_kinde__applications') }}
where type <> 'm2m'
union all
select
    source_id,
    'api_access',
    {{ identity_access.id('api_access', 'id') }},
    'access',
    'Access to ' || coalesce(name, id),
    {{ identity_access.id('api', 'id') }},
    {{ identity_access.null('text') }}
from {{ ref('stg_kinde__apis') }}
