with granted_roles as (
    select distinct
        project_grants.source_id,
        project_grants.project_id,
        project_grants.granted_organization_id,
        role.value as role_key
    from {{ ref('stg_zitadel__project_grants') }} as project_grants
    {{ identity_access.each_value('project_grants.granted_role_keys', 'role') }}
)

-- A role is in force if the authorization, its project, its organization and its project grant are
-- active, and both project and grant still have the role. What was not read is taken to be so.
select
    held.source_id,
    {{ identity_access.id('user', 'held.user_id', 'held') }} as account_id,
    {{ identity_access.id('project_role', ['held.project_id', 'held.role_key'], 'held') }} as entitlement_id,
    {{ identity_access.id('organization', 'held.organization_id', 'held') }} as scope_id,
    'authorization_roles' as stream,
    case
        when held.organization_id <> projects.organization_id
            then {{ identity_access.id('project_grant', ['held.project_id', 'held.organization_id'], 'held') }}
    end as via_id,
    held.authorization_id as native_grant_id,
    authorizations.creation_date as granted_at,
    case
        when held.state <> 'STATE_ACTIVE' then 'the authorization is not active'
        when projects.state <> 'PROJECT_STATE_ACTIVE' then 'the project is not active'
        when organizations.state <> 'ORGANIZATION_STATE_ACTIVE' then 'the organization is not active'
        when projects.id is not null and roles.key is null then 'the project no longer has the role'
        when held.organization_id <> projects.organization_id then
            case
                when project_grants.project_id is null
                    then 'the project is no longer granted to the organization'
                when project_grants.state <> 'PROJECT_GRANT_STATE_ACTIVE' then 'the project grant is not active'
                when granted_roles.role_key is null then 'the project grant no longer has the role'
            end
    end as inactive_reason
from {{ ref('stg_zitadel__authorization_roles') }} as held
left join {{ ref('stg_zitadel__authorizations') }} as authorizations
    on held.source_id = authorizations.source_id and held.authorization_id = authorizations.id
left join {{ ref('stg_zitadel__projects') }} as projects
    on held.source_id = projects.source_id and held.project_id = projects.id
left join {{ ref('stg_zitadel__project_roles') }} as roles
    on
        held.source_id = roles.source_id
        and held.project_id = roles.project_id
        and held.role_key = roles.key
left join {{ ref('stg_zitadel__organizations') }} as organizations
    on held.source_id = organizations.source_id and held.organization_id = organizations.id
left join {{ ref('stg_zitadel__project_grants') }} as project_grants
    on
        held.source_id = project_grants.source_id
        and held.project_id = project_grants.project_id
        and held.organization_id = project_grants.granted_organization_id
left join granted_roles
    on
        held.source_id = granted_roles.source_id
        and held.project_id = granted_roles.project_id
        and held.organization_id = granted_roles.granted_organization_id
        and held.role_key = granted_roles.role_key
union all
select
    administrators.source_id,
    {{ identity_access.id('user', 'administrators.user_id', 'administrators') }},
    {{ identity_access.id('admin_role', 'role.value', 'administrators') }},
    case
        when administrators.resource_type = 'instance' then {{ identity_access.tenant_id('administrators') }}
        else administrators.source_id || '/' || administrators.resource_type || '/' || administrators.resource_id
    end,
    'administrators',
    {{ identity_access.null('text') }},
    {{ identity_access.null('text') }},
    administrators.creation_date,
    {{ identity_access.null('text') }}
from {{ ref('stg_zitadel__administrators') }} as administrators
{{ identity_access.each_value('administrators.roles', 'role') }}
union all
select
    source_id,
    {{ identity_access.id('user', 'user_id') }},
    {{ identity_access.id('group', 'group_id') }},
    {{ identity_access.id('organization', 'organization_id') }},
    'group_users',
    {{ identity_access.null('text') }},
    {{ identity_access.null('text') }},
    creation_date,
    {{ identity_access.null('text') }}
from {{ ref('stg_zitadel__group_users') }}
