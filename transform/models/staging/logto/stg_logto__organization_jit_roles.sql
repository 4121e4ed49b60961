{{ identity_access.staging('logto', 'organization_jit_roles', key=['organization_id', 'organization_role_id']) }}
