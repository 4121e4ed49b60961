{{ identity_access.staging('logto', 'application_secrets', key=['application_id', 'name']) }}
