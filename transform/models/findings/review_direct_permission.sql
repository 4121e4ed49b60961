select
    permissions.source_id,
    permissions.account_id,
    permissions.scope_id,
    permissions.entitlement_id,
    {{ identity_access.subject(['permissions.account_id', 'permissions.entitlement_id', 'permissions.scope_id']) }}
        as subject,
    permissions.holder || ' was given the ' || permissions.kind || ' ' || permissions.display_name || ' in '
    || coalesce(resources.display_name, permissions.scope_id) || ' directly.' as detail
from {{ ref('int_identity__direct_permissions') }} as permissions
left join {{ ref('identity_resources') }} as resources on permissions.scope_id = resources.resource_id
where permissions.is_proven
