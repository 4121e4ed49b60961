{{ identity_access.staging('logto', 'user_grants', key=['user_id', 'id']) }}
