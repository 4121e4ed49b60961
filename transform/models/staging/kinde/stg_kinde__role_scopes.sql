{{ identity_access.staging('kinde', 'role_scopes', key=['role_id', 'id']) }}
