select
    credentials.source_id,
    credentials.account_id,
    {{ identity_access.null('text') }} as scope_id,
    {{ identity_access.null('text') }} as entitlement_id,
    credentials.credential_id as subject,
    credentials.holder || '''s ' || credentials.credential_name || ' was last used on '
    || {{ identity_access.day('credentials.last_used_at') }} || '.' as detail
from {{ ref('int_identity__named_credentials') }} as credentials
inner join {{ ref('int_identity__control_evidence') }} as evidence
    on credentials.source_id = evidence.source_id and evidence.control_id = 'credential-unused'
where
    credentials.active
    and not coalesce(credentials.is_expired, false)
    and credentials.last_used_at < {{ identity_access.unused_since(
        'evidence.evidence', 'evidence.as_of', var('credential_unused_days')
    ) }}
