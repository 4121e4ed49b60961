{{ identity_access.staging('zitadel', 'instance', key=['id']) }}
