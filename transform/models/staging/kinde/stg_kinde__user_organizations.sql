{{ identity_access.staging('kinde', 'user_organizations', key=['user_id', 'org_code']) }}
