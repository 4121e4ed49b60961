{{ identity_access.staging('zitadel', 'group_users', key=['group_id', 'user_id']) }}
