{{ identity_access.staging('kinde', 'organization_details', key=['code']) }}
