with organizations as (
    select
        rules.source_id,
        rules.scope_id,
        {{ identity_access.subject(['rules.scope_id', 'rules.rule_type', 'rules.rule_value']) }} as subject,
        case rules.rule_type
            when 'email_domain' then 'Whoever has an address at ' || rules.rule_value
            when 'sso_connector' then 'Whoever signs in with the connector ' || rules.rule_value
            when 'sign_in' then
                'Whoever signs in to it'
                || case when rules.rule_value = 'unknown' then ' (from which domains, was not read)' else '' end
        end || ' joins ' || coalesce(min(resources.display_name), rules.scope_id) || ', and gets: '
        || {{ dbt.listagg('entitlements.display_name', "', '", 'order by entitlements.display_name') }} || '.'
            as detail
    from {{ ref('int_identity__open_doors') }} as rules
    inner join {{ ref('identity_entitlements') }} as entitlements on rules.entitlement_id = entitlements.entitlement_id
    left join {{ ref('identity_resources') }} as resources on rules.scope_id = resources.resource_id
    where rules.is_proven
    group by rules.source_id, rules.scope_id, rules.rule_type, rules.rule_value
),

projects as (
    select
        source_id,
        {{ identity_access.id('project', 'id') }} as scope_id,
        {{ identity_access.id('project', 'id') }} as subject,
        'Whoever has an account may sign in to the applications of the project ' || name || ', without a role.'
            as detail
    from {{ ref('stg_zitadel__projects') }}
    where state = 'PROJECT_STATE_ACTIVE' and not coalesce(authorization_required, false)
),

registrations as (
    select
        source_id,
        {{ identity_access.id('organization', 'organization_id') }} as scope_id,
        {{ identity_access.id('organization', 'organization_id') }} || ' register' as subject
    from {{ ref('stg_zitadel__policies') }}
    where type = 'login' and {{ identity_access.text_field('policy', 'allow_register') }} = 'true'
),

found as (
    select * from organizations
    union all
    select * from projects
    union all
    select
        registrations.source_id,
        registrations.scope_id,
        registrations.subject,
        'Anybody may register an account in ' || coalesce(resources.display_name, registrations.scope_id) || '.'
    from registrations
    left join {{ ref('identity_resources') }} as resources on registrations.scope_id = resources.resource_id
)

select
    source_id,
    {{ identity_access.null('text') }} as account_id,
    scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    subject,
    detail
from found
