{{ identity_access.staging('logto', 'user_mfa_verifications', key=['user_id', 'id']) }}
