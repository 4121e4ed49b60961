with seen as (
    select
        source_id,
        {{ identity_access.id('user', 'id') }} as account_id,
        last_signed_in as seen_at,
        'sign-in' as basis
    from {{ ref('stg_kinde__users') }}
    union all
    select source_id, {{ identity_access.id('user', 'user_id') }}, last_signed_in, 'sign-in'
    from {{ ref('stg_kinde__user_sign_ins') }}
    union all
    select source_id, {{ identity_access.id('user', 'id') }}, last_accessed_on, 'access to an organization'
    from {{ ref('stg_kinde__organization_users') }}
    union all
    select source_id, {{ identity_access.id('user', 'id') }}, last_sign_in_at, 'sign-in'
    from {{ ref('stg_logto__users') }}
    union all
    select source_id, {{ identity_access.id('application', 'application_id') }}, created_at, 'access token'
    from {{ ref('stg_logto__audit_logs') }}
    where key = 'ExchangeTokenBy.ClientCredentials' and result = 'Success'
    union all
    select source_id, {{ identity_access.id('user', 'actor_id') }}, created_at, 'action in the audit log'
    from {{ ref('stg_rudderstack__audit_logs') }}
    union all
    select
        source_id,
        {{ identity_access.id('user', 'aggregate_id') }},
        creation_date,
        case when event_type = 'user.human.password.check.succeeded' then 'sign-in' else 'access token' end
    from {{ ref('stg_zitadel__events') }}
    where
        event_type in (
            'user.human.password.check.succeeded', 'user.token.added', 'user.machine.secret.check.succeeded'
        )
    union all
    select
        source_id,
        {{ identity_access.id('user', identity_access.text_field('payload', 'userID')) }},
        creation_date,
        'sign-in'
    from {{ ref('stg_zitadel__events') }}
    where event_type = 'oidc_session.added'
    union all
    select source_id, {{ identity_access.id('user', 'user_id') }}, change_date, 'session'
    from {{ ref('stg_zitadel__sessions') }}
),

newest_first as (
    select
        *,
        row_number() over (partition by account_id order by seen_at desc, basis asc) as recency
    from seen
    where account_id is not null and seen_at is not null
)

select
    source_id,
    account_id,
    seen_at as last_activity_at,
    basis
from newest_first
where recency = 1
