-- Addresses of accounts that may be gone.
with known as (
    select
        account_id,
        max(email_normalized) as email
    from identity_account_history
    group by account_id
)

select
    changes.noticed_at,
    changes.after_at,
    changes.told_at,
    coalesce(changes.told_actor_name, changes.told_actor_id) as told_actor,
    changes.change,
    changes.cause,
    changes.source_id,
    people.display_name as person,
    people.email as person_email,
    coalesce(
        changes.account_name, accounts.user_name, accounts.native_id, known.email,
        changes.account_id
    ) as account,
    coalesce(changes.entitlement_name, changes.entitlement_id) as entitlement,
    entitlements.entitlement_type,
    coalesce(entitlements.is_privileged, false) as is_privileged,
    coalesce(changes.scope_name, changes.scope_id) as scope,
    coalesce(given.display_name, changes.given_entitlement_id) as given_by,
    changes.account_id,
    changes.entitlement_id,
    changes.scope_id,
    changes.access_id,
    changes.history_id
from identity_access_changes as changes
left join identity_accounts as accounts on changes.account_id = accounts.account_id
left join known on changes.account_id = known.account_id
left join identity_account_people as owners on changes.account_id = owners.account_id
left join identity_people as people on owners.person_id = people.person_id
left join identity_entitlements as entitlements
    on changes.entitlement_id = entitlements.entitlement_id
left join identity_entitlements as given
    on changes.given_entitlement_id = given.entitlement_id
where changes.source_id = any($sources) and changes.noticed_at >= cast($since as timestamp)
