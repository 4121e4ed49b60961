{{ identity_access.staging('zitadel', 'application_keys', key=['id']) }}
