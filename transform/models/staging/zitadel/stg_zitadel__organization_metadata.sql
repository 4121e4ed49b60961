{{ identity_access.staging('zitadel', 'organization_metadata', key=['organization_id', 'key']) }}
