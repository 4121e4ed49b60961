{{ identity_access.staging('rudderstack', 'user_emails', key=['user_id', 'value']) }}
