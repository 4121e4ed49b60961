-- Which service accounts have several credentials, or none?

select u.preferred_login_name, u.state, u.machine_has_secret,
       (select count(*) from stg_zitadel__machine_keys k
        where k.user_id = u.id) as keys,
       (select count(*) from stg_zitadel__personal_access_tokens t
        where t.user_id = u.id) as tokens
from stg_zitadel__users u
where u.type = 'machine'
