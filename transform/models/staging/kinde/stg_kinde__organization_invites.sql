{{ identity_access.staging('kinde', 'organization_invites', key=['org_code', 'id']) }}
