{{ identity_access.staging('zitadel', 'project_roles', key=['project_id', 'key']) }}
