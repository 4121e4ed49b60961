-- Which active users have not signed in for 90 days?

select u.id, u.email, u.created_on, u.last_signed_in
from stg_kinde__users u
where u.is_suspended is not true
  and coalesce(u.last_signed_in, u.created_on) < now() at time zone 'utc' - interval '90 days'
order by u.last_signed_in nulls first
