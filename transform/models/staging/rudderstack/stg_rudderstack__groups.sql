{{ identity_access.staging('rudderstack', 'groups', key=['id']) }}
