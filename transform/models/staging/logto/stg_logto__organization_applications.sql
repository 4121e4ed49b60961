{{ identity_access.staging('logto', 'organization_applications', key=['organization_id', 'application_id']) }}
