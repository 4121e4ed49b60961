-- Which users sign in with a social account?

select u.name, u.primary_email, i.target, i.identity_user_id
from stg_logto__user_identities i
join stg_logto__users u on u.id = i.user_id
