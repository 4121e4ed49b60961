{{ identity_access.staging('kinde', 'user_properties', key=['user_id', 'key']) }}
