{{ identity_access.staging('kinde', 'permissions', key=['id']) }}
