{{ identity_access.staging('zitadel', 'authorization_roles', key=['authorization_id', 'role_key']) }}
