with domains as (
    select
        connectors.source_id,
        lower(domain.value) as domain,
        min(connectors.connector_name) as connection_name
    from {{ ref('stg_logto__sso_connectors') }} as connectors
    {{ identity_access.each_value('connectors.domains', 'domain') }}
    group by connectors.source_id, lower(domain.value)
),

single_sign_on as (
    select
        account_id,
        coalesce(connection_name, connection_id, 'an enterprise connection') as connection_name
    from {{ ref('identity_sign_in_methods') }}
    where method_type = 'enterprise'
    union all
    select
        accounts.account_id,
        domains.connection_name
    from {{ ref('identity_accounts') }} as accounts
    inner join domains
        on
            accounts.source_id = domains.source_id
            and {{ identity_access.domain_of('accounts.email_normalized') }} = domains.domain
),

connections as (
    select
        account_id,
        min(connection_name) as connection_name
    from single_sign_on
    group by account_id
),

others as (
    select
        account_id,
        min(method_type) as method_type
    from {{ ref('identity_sign_in_methods') }}
    where method_type in ('local', 'password', 'passkey', 'social')
    group by account_id
)

select
    accounts.source_id,
    accounts.account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    accounts.account_id as subject,
    {{ identity_access.holder('accounts', 'accounts.account_id') }} || ' should sign in with '
    || connections.connection_name || ', and can also do so without it (' || others.method_type || ').' as detail
from {{ ref('identity_accounts') }} as accounts
inner join connections on accounts.account_id = connections.account_id
inner join others on accounts.account_id = others.account_id
where accounts.active
