{{ identity_access.staging('kinde', 'user_api_scopes', key=['user_id', 'org_code', 'api_id', 'scope']) }}
