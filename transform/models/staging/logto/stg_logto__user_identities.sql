{{ identity_access.staging('logto', 'user_identities', key=['user_id', 'target']) }}
