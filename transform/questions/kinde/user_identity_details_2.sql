-- Which e-mail addresses were never confirmed?

select u.id, d.name, d.created_on
from stg_kinde__user_identity_details d
join stg_kinde__users u on u.id = d.user_id
where d.type = 'email' and d.is_confirmed is not true
