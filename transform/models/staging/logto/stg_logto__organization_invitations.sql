{{ identity_access.staging('logto', 'organization_invitations', key=['id']) }}
