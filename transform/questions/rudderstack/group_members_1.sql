-- Who has access through which group, including nested groups?

with recursive belongs(group_id, user_id, via) as (
  select group_id, member_id, array[group_id] from stg_rudderstack__group_members
  where member_type = 'User'
  union
  select m.group_id, b.user_id, array[m.group_id] || b.via
  from stg_rudderstack__group_members m
  join belongs b on m.member_type = 'Group' and m.member_id = b.group_id
  where m.group_id <> all (b.via)
)
select distinct g.display_name as "group", u.display_name as member, u.active
from belongs b
join stg_rudderstack__groups g on g.id = b.group_id
join stg_rudderstack__users u on u.id = b.user_id
