{{ identity_access.staging('zitadel', 'events', key=['aggregate_type', 'aggregate_id', 'sequence'], is_incremental=true) }}
