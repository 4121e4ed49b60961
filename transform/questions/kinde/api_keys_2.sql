-- Which active API keys have not been used for 90 days?

select k.name, k.type, k.created_by, k.created_on, k.last_verified_on, k.last_verified_ip
from stg_kinde__api_keys k
where k.status = 'active'
  and coalesce(k.last_verified_on, k.created_on) < now() at time zone 'utc' - interval '90 days'
