{{ identity_access.staging('logto', 'organization_role_resource_scopes', key=['organization_role_id', 'scope_id']) }}
