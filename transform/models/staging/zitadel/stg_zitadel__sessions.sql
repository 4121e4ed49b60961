{{ identity_access.staging('zitadel', 'sessions', key=['id']) }}
