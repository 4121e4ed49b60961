{{ identity_access.staging('zitadel', 'organizations', key=['id']) }}
