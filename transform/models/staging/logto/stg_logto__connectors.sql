{{ identity_access.staging('logto', 'connectors', key=['id']) }}
