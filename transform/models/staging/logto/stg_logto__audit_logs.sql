{{ identity_access.staging('logto', 'audit_logs', key=['id'], is_incremental=true) }}
