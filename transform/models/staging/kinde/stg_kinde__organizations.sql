{{ identity_access.staging('kinde', 'organizations', key=['code']) }}
