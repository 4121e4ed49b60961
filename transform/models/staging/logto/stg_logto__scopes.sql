{{ identity_access.staging('logto', 'scopes', key=['id']) }}
