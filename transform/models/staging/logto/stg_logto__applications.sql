{{ identity_access.staging('logto', 'applications', key=['id']) }}
