{{ identity_access.staging('kinde', 'api_applications', key=['api_id', 'id']) }}
