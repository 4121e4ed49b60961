{{ identity_access.staging('zitadel', 'project_grants', key=['project_id', 'granted_organization_id']) }}
