{{ identity_access.staging('zitadel', 'administrators', key=['user_id', 'resource_type', 'resource_id']) }}
