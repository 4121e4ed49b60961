{{ identity_access.staging('zitadel', 'groups', key=['id']) }}
