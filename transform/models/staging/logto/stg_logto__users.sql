{{ identity_access.staging('logto', 'users', key=['id']) }}
