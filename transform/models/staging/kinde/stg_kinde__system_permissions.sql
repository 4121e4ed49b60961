{{ identity_access.staging('kinde', 'system_permissions', key=['id']) }}
