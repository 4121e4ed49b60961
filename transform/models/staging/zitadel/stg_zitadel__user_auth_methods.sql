{{ identity_access.staging('zitadel', 'user_auth_methods', key=['user_id', 'auth_method']) }}
