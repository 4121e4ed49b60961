{{ identity_access.staging('kinde', 'user_identity_details', key=['user_id', 'id']) }}
