{{ identity_access.staging('kinde', 'applications', key=['id']) }}
