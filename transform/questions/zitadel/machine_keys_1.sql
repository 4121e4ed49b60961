-- Which keys of service accounts never expire?

select u.preferred_login_name, k.id, k.creation_date
from stg_zitadel__machine_keys k
join stg_zitadel__users u on u.id = k.user_id
where k.expiration_date >= '9999-01-01'
