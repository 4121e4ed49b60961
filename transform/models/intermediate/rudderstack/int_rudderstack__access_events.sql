select
    source_id,
    {{ identity_access.id('event', 'id') }} as event_id,
    created_at as told_at,
    {{ identity_access.null('integer') }} as sequence,
    case when coalesce(actor_type, 'user') = 'user' then {{ identity_access.id('user', 'actor_id') }} end
        as actor_account_id,
    {{ identity_access.id('user', 'target_id') }} as subject,
    {{ identity_access.null('json') }} as role_keys,
    case
        when action = 'added_to_organization' then 'granted'
        when action = 'removed_from_organization' then 'revoked'
    end as change
from {{ ref('stg_rudderstack__audit_logs') }}
where
    target_type = 'user'
    and action in ('added_to_organization', 'changed_permission', 'removed_from_organization')
