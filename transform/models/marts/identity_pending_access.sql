with kinde as (
    select
        source_id,
        org_code,
        id,
        email,
        created_on,
        roles
    from {{ ref('stg_kinde__organization_invites') }}
    where accepted_on is null and not coalesce(is_revoked, false)
),

logto as (
    select *
    from {{ ref('stg_logto__organization_invitations') }}
    where status = 'Pending'
),

pending as (
    select
        source_id,
        {{ identity_access.id('invitation', ['org_code', 'id']) }} as invitation_id,
        email,
        {{ identity_access.id('organization', 'org_code') }} as scope_id,
        {{ identity_access.membership_id() }} as entitlement_id,
        {{ identity_access.null('text') }} as invited_by_account_id,
        created_on as invited_at,
        {{ identity_access.null('timestamp') }} as expires_at
    from kinde
    union all
    select
        kinde.source_id,
        {{ identity_access.id('invitation', ['kinde.org_code', 'kinde.id'], 'kinde') }},
        kinde.email,
        {{ identity_access.id('organization', 'kinde.org_code', 'kinde') }},
        {{ identity_access.id('role', 'roles.id', 'kinde') }},
        {{ identity_access.null('text') }},
        kinde.created_on,
        {{ identity_access.null('timestamp') }}
    from kinde
    {{ identity_access.each_value('kinde.roles', 'invited', 'json') }}
    inner join {{ ref('stg_kinde__roles') }} as roles
        on
            kinde.source_id = roles.source_id
            and {{ identity_access.text_field('invited.value', 'key') }} = roles.key
    union all
    select
        source_id,
        {{ identity_access.id('invitation', 'id') }},
        invitee,
        {{ identity_access.id('organization', 'organization_id') }},
        {{ identity_access.membership_id() }},
        {{ identity_access.id('user', 'inviter_id') }},
        created_at,
        expires_at
    from logto
    union all
    select
        logto.source_id,
        {{ identity_access.id('invitation', 'logto.id', 'logto') }},
        logto.invitee,
        {{ identity_access.id('organization', 'logto.organization_id', 'logto') }},
        {{ identity_access.id('organization_role', identity_access.text_field('invited.value', 'id'), 'logto') }},
        {{ identity_access.id('user', 'logto.inviter_id', 'logto') }},
        logto.created_at,
        logto.expires_at
    from logto
    {{ identity_access.each_value('logto.organization_roles', 'invited', 'json') }}
)

select
    source_id,
    invitation_id,
    entitlement_id,
    scope_id,
    lower(trim(email)) as email_normalized,
    invited_by_account_id,
    invited_at,
    expires_at
from pending
