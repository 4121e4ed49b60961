{{ identity_access.staging('logto', 'hooks', key=['id']) }}
