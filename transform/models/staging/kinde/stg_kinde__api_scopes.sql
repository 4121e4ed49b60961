{{ identity_access.staging('kinde', 'api_scopes', key=['api_id', 'id']) }}
