{#- People with access, with whether their address is of the inside: at one of `internal_domains`, or, if there are
    none, at a verified domain of their own organization. That organizations have a domain which nobody's address is
    at (ZITADEL makes one itself) tells nothing. Null: it cannot be told. -#}
with people as (
    select
        accounts.account_id,
        accounts.source_id,
        accounts.email,
        {{ identity_access.holder('accounts', 'accounts.account_id') }} as holder,
        accounts.home_organization_id,
        {{ identity_access.domain_of('accounts.email_normalized') }} as domain,
        count(*) as entitlements
    from {{ ref('identity_accounts') }} as accounts
    inner join {{ ref('identity_effective_access') }} as access on accounts.account_id = access.account_id
    where accounts.account_type = 'human' and access.is_active
    group by
        accounts.account_id, accounts.source_id, accounts.email, accounts.email_normalized, accounts.display_name,
        accounts.user_name, accounts.account_type, accounts.home_organization_id
),

verified as (
    select distinct
        domains.source_id,
        {{ identity_access.id('organization', 'domains.organization_id', 'domains') }} as organization_id,
        lower(domains.domain) as domain
    from {{ ref('stg_zitadel__organization_domains') }} as domains
    left join {{ ref('int_identity__unproven') }} as unproven
        on domains.source_id = unproven.source_id and unproven.control_id = 'external-access'
    where domains.is_verified and unproven.control_id is null
),

organizations as (
    select distinct verified.organization_id
    from verified
    inner join people
        on verified.organization_id = people.home_organization_id and verified.domain = people.domain
)

select
    people.*,
    case
        when people.domain is null or people.domain = '' then null
        {%- if var('internal_domains') %}
        else people.domain in ({{ identity_access.text_list(var('internal_domains') | map('lower')) }})
        {%- else %}
        when organizations.organization_id is null then null
        else verified.domain is not null
        {%- endif %}
    end as is_internal
from people
left join organizations on people.home_organization_id = organizations.organization_id
left join verified
    on people.home_organization_id = verified.organization_id and people.domain = verified.domain
