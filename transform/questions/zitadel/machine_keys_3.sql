-- Which keys or tokens expire within 30 days?

select u.preferred_login_name, k.id, k.expiration_date
from (
  select user_id, id, expiration_date from stg_zitadel__machine_keys
  union all
  select user_id, id, expiration_date from stg_zitadel__personal_access_tokens
) k
join stg_zitadel__users u on u.id = k.user_id
where k.expiration_date > now() at time zone 'utc'
  and k.expiration_date < now() at time zone 'utc' + interval '30 days'
