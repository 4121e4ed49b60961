{{ identity_access.staging(none, 'sync_runs', key=['sync_id', 'stream'], is_incremental=true) }}
