{{ identity_access.staging('zitadel', 'users', key=['id']) }}
