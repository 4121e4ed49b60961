{{ identity_access.staging('logto', 'roles', key=['id']) }}
