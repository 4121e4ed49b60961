{{ identity_access.staging('kinde', 'connections', key=['id']) }}
