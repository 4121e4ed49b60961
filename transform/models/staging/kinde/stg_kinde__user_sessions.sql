{{ identity_access.staging('kinde', 'user_sessions', key=['user_id', 'session_id']) }}
