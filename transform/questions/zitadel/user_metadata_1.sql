-- Which active users are in which department, according to their metadata?

select m.value as department, u.preferred_login_name, u.state
from stg_zitadel__user_metadata m
join stg_zitadel__users u on u.id = m.user_id
where m."key" = 'department' and u.state = 'USER_STATE_ACTIVE'
