{{ identity_access.staging('zitadel', 'organization_domains', key=['organization_id', 'domain']) }}
