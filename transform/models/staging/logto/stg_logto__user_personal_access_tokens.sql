{{ identity_access.staging('logto', 'user_personal_access_tokens', key=['user_id', 'name']) }}
