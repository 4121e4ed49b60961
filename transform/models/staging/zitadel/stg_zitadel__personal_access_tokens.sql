{{ identity_access.staging('zitadel', 'personal_access_tokens', key=['id']) }}
