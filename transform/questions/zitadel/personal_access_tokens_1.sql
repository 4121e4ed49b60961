-- Which service accounts have tokens that never expire?

select u.preferred_login_name, u.machine_description, t.id, t.creation_date
from stg_zitadel__personal_access_tokens t
join stg_zitadel__users u on u.id = t.user_id
where t.expiration_date >= '9999-01-01'
