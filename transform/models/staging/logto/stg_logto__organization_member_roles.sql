{{ identity_access.staging('logto', 'organization_member_roles', key=['organization_id', 'user_id', 'organization_role_id']) }}
