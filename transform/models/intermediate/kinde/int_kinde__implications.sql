select
    source_id,
    {{ identity_access.id('role', 'role_id') }} as entitlement_id,
    {{ identity_access.id('permission', 'id') }} as implied_id,
    {{ identity_access.null('text') }} as only_in,
    'role_permissions' as stream
from {{ ref('stg_kinde__role_permissions') }}
union all
select
    role_scopes.source_id,
    {{ identity_access.id('role', 'role_scopes.role_id', 'role_scopes') }},
    {{ identity_access.id(
        'scope',
        ['coalesce(role_scopes.api_id, scopes.api_id)', 'coalesce(role_scopes.key, scopes.key)'],
        'role_scopes'
    ) }},
    {{ identity_access.null('text') }},
    'role_scopes'
from {{ ref('stg_kinde__role_scopes') }} as role_scopes
left join {{ ref('int_kinde__scopes') }} as scopes
    on role_scopes.source_id = scopes.source_id and role_scopes.id = scopes.id
where coalesce(role_scopes.api_id, scopes.api_id) is not null and coalesce(role_scopes.key, scopes.key) is not null
union all
select
    source_id,
    {{ identity_access.id('role', 'role_id') }},
    {{ identity_access.id('system_permission', 'id') }},
    {{ identity_access.null('text') }},
    'role_system_permissions'
from {{ ref('stg_kinde__role_system_permissions') }}
union all
select
    source_id,
    {{ identity_access.id('role', 'id') }},
    {{ identity_access.id('application_access', 'application_id') }},
    {{ identity_access.null('text') }},
    'application_access_roles'
from {{ ref('stg_kinde__application_access_roles') }}
