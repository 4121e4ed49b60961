{{ identity_access.staging('kinde', 'organization_user_permissions', key=['org_code', 'user_id', 'id']) }}
