{{ identity_access.staging('zitadel', 'user_metadata', key=['user_id', 'key']) }}
