{{ identity_access.staging('logto', 'organization_memberships', key=['organization_id', 'user_id']) }}
