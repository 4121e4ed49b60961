{{ identity_access.staging('kinde', 'organization_user_mfa', key=['org_code', 'user_id', 'id']) }}
