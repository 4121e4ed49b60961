select
    invitations.source_id,
    {{ identity_access.null('text') }} as account_id,
    invitations.scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    invitations.invitation_id as subject,
    coalesce(min(invitations.email_normalized), 'Somebody') || ' was invited to '
    || coalesce(min(resources.display_name), invitations.scope_id)
    || coalesce(' on ' || {{ identity_access.day('min(invitations.invited_at)') }}, '')
    || ', and has not accepted. What waits: '
    || {{ dbt.listagg('entitlements.display_name', "', '", 'order by entitlements.display_name') }} || '.' as detail
from {{ ref('identity_pending_access') }} as invitations
inner join {{ ref('identity_entitlements') }} as entitlements
    on invitations.entitlement_id = entitlements.entitlement_id
left join {{ ref('identity_resources') }} as resources on invitations.scope_id = resources.resource_id
where invitations.expires_at is null or invitations.expires_at > {{ identity_access.now() }}
group by invitations.source_id, invitations.scope_id, invitations.invitation_id
union all
select
    source_id,
    account_id,
    {{ identity_access.null('text') }},
    {{ identity_access.null('text') }},
    account_id,
    {{ identity_access.holder('accounts', 'accounts.account_id') }} || ' has an account'
    || coalesce(' of ' || {{ identity_access.day('created_at') }}, '') || ' that was never set up.'
from {{ ref('identity_accounts') }} as accounts
where status = 'pending'
