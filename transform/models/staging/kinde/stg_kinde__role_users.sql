{{ identity_access.staging('kinde', 'role_users', key=['role_id', 'user_id', 'org_code']) }}
