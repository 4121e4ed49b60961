select
    source_id,
    'group' as resource_type,
    {{ identity_access.id('group', 'id') }} as resource_id,
    id as native_id,
    display_name,
    {{ identity_access.tenant_id() }} as parent_id,
    {{ identity_access.null('boolean') }} as active,
    meta_created as created_at
from {{ ref('stg_rudderstack__groups') }}
