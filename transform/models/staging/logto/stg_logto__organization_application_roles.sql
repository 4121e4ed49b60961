{{ identity_access.staging('logto', 'organization_application_roles', key=['organization_id', 'application_id', 'organization_role_id']) }}
