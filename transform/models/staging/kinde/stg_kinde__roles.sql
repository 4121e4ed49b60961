{{ identity_access.staging('kinde', 'roles', key=['id']) }}
