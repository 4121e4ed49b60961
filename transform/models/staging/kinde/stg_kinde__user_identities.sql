{{ identity_access.staging('kinde', 'user_identities', key=['user_id', 'type', 'identity', 'connection_id']) }}
