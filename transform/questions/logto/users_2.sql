-- Which active users have not signed in for 90 days?

select u.name, u.primary_email, u.created_at, u.last_sign_in_at
from stg_logto__users u
where not u.is_suspended
  and coalesce(u.last_sign_in_at, u.created_at) < now() at time zone 'utc' - interval '90 days'
order by u.last_sign_in_at nulls first
