{{ identity_access.staging('kinde', 'organization_connections', key=['org_code', 'id']) }}
