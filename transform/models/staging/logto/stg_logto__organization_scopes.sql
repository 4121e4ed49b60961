{{ identity_access.staging('logto', 'organization_scopes', key=['id']) }}
