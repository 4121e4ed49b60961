select
    source_id,
    'organization' as resource_type,
    {{ identity_access.id('organization', 'id') }} as resource_id,
    id as native_id,
    name as display_name,
    {{ identity_access.tenant_id() }} as parent_id,
    {{ identity_access.null('boolean') }} as active,
    created_at
from {{ ref('stg_logto__organizations') }}
union all
select
    source_id,
    'application',
    {{ identity_access.id('application', 'id') }},
    id,
    name,
    {{ identity_access.tenant_id() }},
    {{ identity_access.null('boolean') }},
    created_at
from {{ ref('stg_logto__applications') }}
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
from {{ ref('stg_logto__resources') }}
