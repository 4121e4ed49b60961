{{ identity_access.staging('kinde', 'application_connections', key=['application_id', 'id']) }}
