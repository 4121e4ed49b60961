{{ identity_access.staging('logto', 'organization_jit_sso_connectors', key=['organization_id', 'sso_connector_id']) }}
