{{ identity_access.staging('zitadel', 'identity_providers', key=['id']) }}
