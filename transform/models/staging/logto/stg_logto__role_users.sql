{{ identity_access.staging('logto', 'role_users', key=['role_id', 'user_id']) }}
