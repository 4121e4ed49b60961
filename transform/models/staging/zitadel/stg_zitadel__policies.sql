{{ identity_access.staging('zitadel', 'policies', key=['organization_id', 'type']) }}
