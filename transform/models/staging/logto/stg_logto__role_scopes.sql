{{ identity_access.staging('logto', 'role_scopes', key=['role_id', 'scope_id']) }}
