-- Which members of groups are not active?

select g.name as group_name, u.preferred_login_name, u.state
from stg_zitadel__group_users m
join stg_zitadel__groups g on g.id = m.group_id
join stg_zitadel__users u on u.id = m.user_id
where u.state <> 'USER_STATE_ACTIVE'
