{{ identity_access.staging('zitadel', 'authorizations', key=['id']) }}
