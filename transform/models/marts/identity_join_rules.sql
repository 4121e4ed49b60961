with logto_doors as (
    select
        source_id,
        organization_id,
        'email_domain' as rule_type,
        email_domain as rule_value
    from {{ ref('stg_logto__organization_jit_email_domains') }}
    union all
    select source_id, organization_id, 'sso_connector', sso_connector_id
    from {{ ref('stg_logto__organization_jit_sso_connectors') }}
),

kinde_domains as (
    select
        details.source_id,
        details.code,
        allowed.value as domain
    from {{ ref('stg_kinde__organization_details') }} as details
    {{ identity_access.each_value('details.allowed_domains', 'allowed') }}
),

kinde_doors as (
    select
        organizations.source_id,
        organizations.code,
        case when domains.domain is null then 'sign_in' else 'email_domain' end as rule_type,
        case
            when domains.domain is not null then domains.domain
            when details.code is not null then 'any'
            else 'unknown'
        end as rule_value
    from {{ ref('stg_kinde__organizations') }} as organizations
    left join {{ ref('stg_kinde__organization_details') }} as details
        on organizations.source_id = details.source_id and organizations.code = details.code
    left join kinde_domains as domains
        on organizations.source_id = domains.source_id and organizations.code = domains.code
    where organizations.is_auto_membership_enabled
),

rules as (
    select
        source_id,
        {{ identity_access.id('organization', 'organization_id') }} as scope_id,
        rule_type,
        rule_value,
        {{ identity_access.membership_id() }} as entitlement_id
    from logto_doors
    union all
    select
        doors.source_id,
        {{ identity_access.id('organization', 'doors.organization_id', 'doors') }},
        doors.rule_type,
        doors.rule_value,
        {{ identity_access.id('organization_role', 'roles.organization_role_id', 'doors') }}
    from logto_doors as doors
    inner join {{ ref('stg_logto__organization_jit_roles') }} as roles
        on doors.source_id = roles.source_id and doors.organization_id = roles.organization_id
    union all
    select
        source_id,
        {{ identity_access.id('organization', 'code') }},
        rule_type,
        rule_value,
        {{ identity_access.membership_id() }}
    from kinde_doors
    union all
    select
        doors.source_id,
        {{ identity_access.id('organization', 'doors.code', 'doors') }},
        doors.rule_type,
        doors.rule_value,
        {{ identity_access.id('role', 'roles.id', 'doors') }}
    from kinde_doors as doors
    inner join {{ ref('stg_kinde__roles') }} as roles
        on doors.source_id = roles.source_id and roles.is_default_role
)

select
    source_id,
    scope_id,
    rule_type,
    rule_value,
    entitlement_id
from rules
