{{ identity_access.staging('logto', 'application_access_control', key=['application_id']) }}
