-- Which deactivated users are still members of a group?

select u.display_name, g.display_name as "group"
from stg_rudderstack__users u
join stg_rudderstack__group_members m on m.member_id = u.id and m.member_type = 'User'
join stg_rudderstack__groups g on g.id = m.group_id
where not u.active
