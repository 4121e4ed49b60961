{{ identity_access.staging('kinde', 'apis', key=['id']) }}
