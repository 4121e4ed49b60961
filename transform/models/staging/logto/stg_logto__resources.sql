{{ identity_access.staging('logto', 'resources', key=['id']) }}
