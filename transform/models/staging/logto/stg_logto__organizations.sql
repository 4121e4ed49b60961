{{ identity_access.staging('logto', 'organizations', key=['id']) }}
