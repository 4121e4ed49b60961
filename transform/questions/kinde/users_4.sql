-- Which users have had failed sign-ins since their last successful one?

select u.id, u.email, u.failed_sign_ins, u.last_signed_in
from stg_kinde__users u
where u.failed_sign_ins > 0
order by u.failed_sign_ins desc
