select
    source_id,
    'role' as entitlement_type,
    {{ identity_access.id('role', 'id') }} as entitlement_id,
    name as entitlement_key,
    name as display_name,
    {{ identity_access.null('text') }} as resource_id,
    description
from {{ ref('stg_logto__roles') }}
union all
select
    source_id,
    'organization_role',
    {{ identity_access.id('organization_role', 'id') }},
    name,
    name,
    {{ identity_access.null('text') }},
    description
from {{ ref('stg_logto__organization_roles') }}
union all
select
    source_id,
    'scope',
    {{ identity_access.id('scope', 'id') }},
    name,
    name,
    {{ identity_access.id('api', 'resource_id') }},
    description
from {{ ref('stg_logto__scopes') }}
union all
select
    source_id,
    'organization_scope',
    {{ identity_access.id('organization_scope', 'id') }},
    name,
    name,
    {{ identity_access.null('text') }},
    description
from {{ ref('stg_logto__organization_scopes') }}
union all
select
    source_id,
    'application_access',
    {{ identity_access.id('application_access', 'id') }},
    'access',
    'Access to ' || coalesce(name, id),
    {{ identity_access.id('application', 'id') }},
    {{ identity_access.null('text') }}
from {{ ref('stg_logto__applications') }}
where app_level_access_control_enabled
