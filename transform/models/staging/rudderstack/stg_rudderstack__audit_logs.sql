{{ identity_access.staging('rudderstack', 'audit_logs', key=['id'], is_incremental=true) }}
