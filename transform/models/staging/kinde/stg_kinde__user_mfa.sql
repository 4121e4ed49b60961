{{ identity_access.staging('kinde', 'user_mfa', key=['user_id', 'id']) }}
