{{ identity_access.staging('kinde', 'role_system_permissions', key=['role_id', 'id']) }}
