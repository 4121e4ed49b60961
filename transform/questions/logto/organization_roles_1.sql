-- How many users hold each role, and in how many organizations?

select r.name, r.type, count(distinct m.organization_id) as organizations,
       count(distinct m.user_id) as users
from stg_logto__organization_roles r
left join stg_logto__organization_member_roles m
  on m.organization_role_id = r.id
group by r.id, r.name, r.type
