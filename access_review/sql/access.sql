select
    access.access_id,
    access.source_id,
    people.display_name as person,
    people.email as person_email,
    coalesce(accounts.display_name, accounts.user_name, accounts.native_id, access.account_id)
        as account,
    accounts.account_type,
    accounts.status as account_status,
    coalesce(entitlements.display_name, access.entitlement_id) as entitlement,
    entitlements.entitlement_type,
    entitlements.is_privileged,
    coalesce(scopes.display_name, access.scope_id) as scope,
    scopes.resource_type as scope_type,
    access.is_active,
    access.is_direct,
    access.depth,
    access.ways,
    coalesce(given.display_name, access.given_entitlement_id) as given_by,
    access.account_id,
    access.entitlement_id,
    access.scope_id,
    access.given_entitlement_id
from identity_effective_access as access
left join identity_accounts as accounts on access.account_id = accounts.account_id
left join identity_account_people as owners on access.account_id = owners.account_id
left join identity_people as people on owners.person_id = people.person_id
left join identity_entitlements as entitlements
    on access.entitlement_id = entitlements.entitlement_id
left join identity_entitlements as given on access.given_entitlement_id = given.entitlement_id
left join identity_resources as scopes on access.scope_id = scopes.resource_id
where access.source_id = any($sources)
