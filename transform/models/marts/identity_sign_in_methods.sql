with kinde_details as (
    select
        source_id,
        user_id,
        type,
        name,
        coalesce(connection_id, 'none') as connection_id,
        max(last_login_on) as last_login_on
    from {{ ref('stg_kinde__user_identity_details') }}
    group by source_id, user_id, type, name, coalesce(connection_id, 'none')
),

found as (
    select
        methods.source_id,
        {{ identity_access.id('user', 'methods.user_id', 'methods') }} as account_id,
        case
            when methods.type in ('email', 'phone', 'username') then 'local'
            when methods.type in ('social', 'enterprise') then methods.type
            else 'unknown'
        end as method_type,
        methods.type as native_type,
        nullif(methods.connection_id, 'none') as connection_id,
        connections.display_name as connection_name,
        methods.identity as subject,
        details.last_login_on as last_used_at,
        case
            when details.user_id is null then 'unknown'
            when details.last_login_on is null then 'never'
            else 'known'
        end as last_used_state
    from {{ ref('stg_kinde__user_identities') }} as methods
    left join kinde_details as details
        on
            methods.source_id = details.source_id
            and methods.user_id = details.user_id
            and methods.type = details.type
            and methods.identity = details.name
            and methods.connection_id = details.connection_id
    left join {{ ref('stg_kinde__connections') }} as connections
        on methods.source_id = connections.source_id and methods.connection_id = connections.id
    union all
    select
        source_id,
        {{ identity_access.id('user', 'user_id') }},
        'social',
        'social',
        target,
        target,
        identity_user_id,
        {{ identity_access.null('timestamp') }},
        'unknown'
    from {{ ref('stg_logto__user_identities') }}
    union all
    select
        source_id,
        {{ identity_access.id('user', 'id') }},
        'password',
        'password',
        {{ identity_access.null('text') }},
        {{ identity_access.null('text') }},
        coalesce(username, primary_email, primary_phone),
        {{ identity_access.null('timestamp') }},
        'unknown'
    from {{ ref('stg_logto__users') }}
    where has_password
    union all
    select
        links.source_id,
        {{ identity_access.id('user', 'links.user_id', 'links') }},
        case
            when providers.type in (
                'PROVIDER_TYPE_SAML', 'PROVIDER_TYPE_OIDC', 'PROVIDER_TYPE_JWT', 'PROVIDER_TYPE_LDAP',
                'PROVIDER_TYPE_AZURE_AD', 'PROVIDER_TYPE_GITLAB_SELF_HOSTED', 'PROVIDER_TYPE_GITHUB_ES'
            ) then 'enterprise'
            when providers.type is null or providers.type = 'PROVIDER_TYPE_UNSPECIFIED' then 'unknown'
            else 'social'
        end,
        providers.type,
        links.idp_id,
        providers.name,
        links.provided_user_id,
        {{ identity_access.null('timestamp') }},
        'unknown'
    from {{ ref('stg_zitadel__user_idp_links') }} as links
    left join {{ ref('stg_zitadel__identity_providers') }} as providers
        on links.source_id = providers.source_id and links.idp_id = providers.id
    union all
    select
        source_id,
        {{ identity_access.id('user', 'user_id') }},
        case auth_method when 'AUTHENTICATION_METHOD_TYPE_PASSWORD' then 'password' else 'passkey' end,
        auth_method,
        {{ identity_access.null('text') }},
        {{ identity_access.null('text') }},
        {{ identity_access.null('text') }},
        {{ identity_access.null('timestamp') }},
        'unknown'
    from {{ ref('stg_zitadel__user_auth_methods') }}
    where auth_method in ('AUTHENTICATION_METHOD_TYPE_PASSWORD', 'AUTHENTICATION_METHOD_TYPE_PASSKEY')
)

select
    source_id,
    account_id,
    method_type,
    native_type,
    connection_id,
    connection_name,
    subject,
    last_used_at,
    last_used_state
from found
