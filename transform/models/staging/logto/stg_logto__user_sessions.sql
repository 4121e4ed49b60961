{{ identity_access.staging('logto', 'user_sessions', key=['user_id', 'uid']) }}
