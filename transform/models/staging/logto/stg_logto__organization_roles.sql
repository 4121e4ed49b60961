{{ identity_access.staging('logto', 'organization_roles', key=['id']) }}
