-- How many users hold each role, and in how many organizations?

select r.name, count(distinct h.user_id) as users, count(distinct h.org_code) as organizations
from stg_kinde__roles r
left join stg_kinde__role_users h on h.role_id = r.id
group by r.id, r.name
