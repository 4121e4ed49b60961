select
    accounts.account_id,
    accounts.source_id,
    accounts.account_type,
    accounts.display_name,
    accounts.user_name,
    accounts.email,
    accounts.email_trust,
    accounts.status,
    accounts.active,
    accounts.created_at,
    accounts.last_activity_at,
    accounts.last_activity_state,
    accounts.last_activity_basis,
    accounts.mfa_status,
    people.display_name as person,
    people.email as person_email,
    owners.match_rule,
    owners.match_reason,
    owners.person_id,
    owners.possible_person_id
from identity_accounts as accounts
left join identity_account_people as owners on accounts.account_id = owners.account_id
left join identity_people as people on owners.person_id = people.person_id
where accounts.source_id = any($sources)
