{{ identity_access.staging('logto', 'application_user_consent_scopes', key=['application_id', 'type', 'scope']) }}
