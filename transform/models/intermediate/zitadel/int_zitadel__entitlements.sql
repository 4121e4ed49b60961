select
    source_id,
    'project_role' as entitlement_type,
    {{ identity_access.id('project_role', ['project_id', 'key']) }} as entitlement_id,
    key as entitlement_key,
    coalesce(nullif(display_name, ''), key) as display_name,
    {{ identity_access.id('project', 'project_id') }} as resource_id,
    {{ identity_access.null('text') }} as description
from {{ ref('stg_zitadel__project_roles') }}
union all
select distinct
    administrators.source_id,
    'admin_role',
    {{ identity_access.id('admin_role', 'role.value', 'administrators') }},
    role.value,
    role.value,
    {{ identity_access.null('text') }},
    {{ identity_access.null('text') }}
from {{ ref('stg_zitadel__administrators') }} as administrators
{{ identity_access.each_value('administrators.roles', 'role') }}
union all
select
    source_id,
    'group',
    {{ identity_access.id('group', 'id') }},
    name,
    name,
    {{ identity_access.id('group', 'id') }},
    description
from {{ ref('stg_zitadel__groups') }}
