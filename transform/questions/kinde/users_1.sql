-- Which users are suspended?

select u.id, u.email, u.first_name, u.last_name, u.last_signed_in
from stg_kinde__users u
where u.is_suspended
