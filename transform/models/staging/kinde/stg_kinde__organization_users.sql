{{ identity_access.staging('kinde', 'organization_users', key=['org_code', 'id']) }}
