{{ identity_access.staging('kinde', 'user_sign_ins', key=['user_id'], is_incremental=true) }}
