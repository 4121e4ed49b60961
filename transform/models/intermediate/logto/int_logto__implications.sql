select
    source_id,
    {{ identity_access.id('role', 'role_id') }} as entitlement_id,
    {{ identity_access.id('scope', 'scope_id') }} as implied_id,
    {{ identity_access.null('text') }} as only_in,
    'role_scopes' as stream
from {{ ref('stg_logto__role_scopes') }}
union all
select
    source_id,
    {{ identity_access.id('organization_role', 'organization_role_id') }},
    {{ identity_access.id('organization_scope', 'scope_id') }},
    {{ identity_access.null('text') }},
    'organization_role_scopes'
from {{ ref('stg_logto__organization_role_scopes') }}
union all
select
    source_id,
    {{ identity_access.id('organization_role', 'organization_role_id') }},
    {{ identity_access.id('scope', 'scope_id') }},
    {{ identity_access.null('text') }},
    'organization_role_resource_scopes'
from {{ ref('stg_logto__organization_role_resource_scopes') }}
union all
select
    access.source_id,
    {{ identity_access.id('role', 'role.value', 'access') }},
    {{ identity_access.id('application_access', 'access.application_id', 'access') }},
    {{ identity_access.null('text') }},
    'application_access_control'
from {{ ref('int_logto__application_access') }} as access
{{ identity_access.each_value('access.user_role_ids', 'role') }}
union all
select
    access.source_id,
    {{ identity_access.membership_id('access') }},
    {{ identity_access.id('application_access', 'access.application_id', 'access') }},
    {{ identity_access.id('organization', 'organization.value', 'access') }},
    'application_access_control'
from {{ ref('int_logto__application_access') }} as access
{{ identity_access.each_value('access.organization_ids', 'organization') }}
union all
select
    access.source_id,
    {{ identity_access.id('organization_role', 'role.value', 'access') }},
    {{ identity_access.id('application_access', 'access.application_id', 'access') }},
    {{ identity_access.id('organization', identity_access.text_field('rule.value', 'organization_id'), 'access') }},
    'application_access_control'
from {{ ref('int_logto__application_access') }} as access
{{ identity_access.each_value('access.organization_role_rules', 'rule', 'json') }}
{{ identity_access.each_value(identity_access.json_field('rule.value', 'organization_role_ids'), 'role') }}
