{{ identity_access.staging('zitadel', 'machine_keys', key=['id']) }}
