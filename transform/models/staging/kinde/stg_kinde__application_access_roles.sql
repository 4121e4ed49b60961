{{ identity_access.staging('kinde', 'application_access_roles', key=['application_id', 'id']) }}
