{{ identity_access.staging('rudderstack', 'users', key=['id']) }}
