{{ identity_access.staging('kinde', 'role_permissions', key=['role_id', 'id']) }}
