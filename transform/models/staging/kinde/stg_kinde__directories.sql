{{ identity_access.staging('kinde', 'directories', key=['id']) }}
