{{ identity_access.staging('zitadel', 'user_idp_links', key=['user_id', 'idp_id', 'provided_user_id']) }}
