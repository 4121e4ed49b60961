select
    source_id,
    'organization' as resource_type,
    {{ identity_access.id('organization', 'id') }} as resource_id,
    id as native_id,
    name as display_name,
    {{ identity_access.tenant_id() }} as parent_id,
    state = 'ORGANIZATION_STATE_ACTIVE' as active,
    creation_date as created_at
from {{ ref('stg_zitadel__organizations') }}
union all
select
    source_id,
    'project',
    {{ identity_access.id('project', 'id') }},
    id,
    name,
    {{ identity_access.id('organization', 'organization_id') }},
    state = 'PROJECT_STATE_ACTIVE',
    creation_date
from {{ ref('stg_zitadel__projects') }}
union all
select
    source_id,
    'project_grant',
    {{ identity_access.id('project_grant', ['project_id', 'granted_organization_id']) }},
    project_id || '/' || granted_organization_id,
    project_name || ' at ' || granted_organization_name,
    {{ identity_access.id('project', 'project_id') }},
    state = 'PROJECT_GRANT_STATE_ACTIVE',
    creation_date
from {{ ref('stg_zitadel__project_grants') }}
union all
select
    source_id,
    'application',
    {{ identity_access.id('application', 'id') }},
    id,
    name,
    {{ identity_access.id('project', 'project_id') }},
    state = 'APPLICATION_STATE_ACTIVE',
    creation_date
from {{ ref('stg_zitadel__applications') }}
union all
select
    source_id,
    'group',
    {{ identity_access.id('group', 'id') }},
    id,
    name,
    {{ identity_access.id('organization', 'organization_id') }},
    {{ identity_access.null('boolean') }},
    creation_date
from {{ ref('stg_zitadel__groups') }}
