-- Which users are suspended?

select u.name, u.primary_email, u.last_sign_in_at, u.updated_at
from stg_logto__users u
where u.is_suspended
