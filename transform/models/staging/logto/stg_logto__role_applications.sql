{{ identity_access.staging('logto', 'role_applications', key=['role_id', 'application_id']) }}
