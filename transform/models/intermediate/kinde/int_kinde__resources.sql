select
    organizations.source_id,
    'organization' as resource_type,
    {{ identity_access.id('organization', 'organizations.code', 'organizations') }} as resource_id,
    organizations.code as native_id,
    organizations.name as display_name,
    {{ identity_access.tenant_id('organizations') }} as parent_id,
    not coalesce(details.is_suspended, false) as active,
    details.created_on as created_at
from {{ ref('stg_kinde__organizations') }} as organizations
left join {{ ref('stg_kinde__organization_details') }} as details
    on organizations.source_id = details.source_id and organizations.code = details.code
union all
select
    source_id,
    'application',
    {{ identity_access.id('application', 'id') }},
    id,
    name,
    {{ identity_access.tenant_id() }},
    {{ identity_access.null('boolean') }},
    {{ identity_access.null('timestamp') }}
from {{ ref('stg_kinde__applications') }}
union all
select
    source_id,
    'api',
    {{ identity_access.id('api', 'id') }},
    id,
    name,
    {{ identity_access.tenant_id() }},
    {{ identity_access.null('boolean') }},
    {{ identity_access.null('timestamp') }}
from {{ ref('stg_kinde__apis') }}
