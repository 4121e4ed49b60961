{{ identity_access.staging('logto', 'organization_jit_email_domains', key=['organization_id', 'email_domain']) }}
