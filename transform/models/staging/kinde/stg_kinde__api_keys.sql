{{ identity_access.staging('kinde', 'api_keys', key=['id']) }}
