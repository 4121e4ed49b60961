{{ identity_access.staging('kinde', 'users', key=['id']) }}
