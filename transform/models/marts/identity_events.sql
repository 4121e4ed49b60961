select
    event_id,
    source_id,
    occurred_at,
    native_type,
    class_uid,
    activity_name,
    status,
    actor_account_id,
    target_account_id,
    ip
from {{ ref('int_zitadel__events') }}
union all
select
    {{ identity_access.id('event', 'id') }},
    source_id,
    created_at,
    key,
    case when key like 'Interaction.%' or key like 'ExchangeTokenBy.%' then 3002 else 3004 end,
    case
        when key in ('Interaction.SignIn.Submit', 'ExchangeTokenBy.ClientCredentials') then 'Logon'
        when key like 'Interaction.SignIn.%' and result = 'Error' then 'Logon'
        else 'Other'
    end,
    case result when 'Success' then 'Success' when 'Error' then 'Failure' else 'Unknown' end,
    case
        when user_id is not null then {{ identity_access.id('user', 'user_id') }}
        when key = 'ExchangeTokenBy.ClientCredentials' then {{ identity_access.id('application', 'application_id') }}
    end,
    {{ identity_access.id('user', 'user_id') }},
    ip
from {{ ref('stg_logto__audit_logs') }}
union all
select
    {{ identity_access.id('event', 'id') }},
    source_id,
    created_at,
    action,
    case
        when target_type in ('user', 'user_invitation') or action = 'changed_permission' then 3007
        else 3004
    end,
    case
        when action = 'added_to_organization' then 'Create'
        when action = 'removed_from_organization' then 'Delete'
        when action in ('changed_permission', 'resource_access_updated') then 'Update'
        else 'Other'
    end,
    'Success',
    case when coalesce(actor_type, 'user') = 'user' then {{ identity_access.id('user', 'actor_id') }} end,
    case when target_type = 'user' then {{ identity_access.id('user', 'target_id') }} end,
    ip
from {{ ref('stg_rudderstack__audit_logs') }}
