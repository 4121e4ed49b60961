{{ identity_access.staging('logto', 'sso_connectors', key=['id']) }}
