{{ identity_access.staging('zitadel', 'projects', key=['id']) }}
