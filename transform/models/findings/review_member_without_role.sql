select
    members.source_id,
    members.account_id,
    members.scope_id,
    {{ identity_access.membership_id('members') }} as entitlement_id,
    {{ identity_access.subject(['members.account_id', 'members.scope_id']) }} as subject,
    {{ identity_access.holder('accounts', 'members.account_id') }} || ' is a member of '
    || coalesce(resources.display_name, members.scope_id) || ' without a role.' as detail
from {{ ref('int_identity__members') }} as members
left join {{ ref('identity_accounts') }} as accounts on members.account_id = accounts.account_id
left join {{ ref('identity_resources') }} as resources on members.scope_id = resources.resource_id
where members.roles is not null and {{ identity_access.array_size('members.roles') }} = 0
