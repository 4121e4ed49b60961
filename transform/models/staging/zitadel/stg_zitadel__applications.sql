{{ identity_access.staging('zitadel', 'applications', key=['id']) }}
