-- Do the loaded memberships match the counts that the organizations state?

select o.name, o.users_count, count(m.user_id) as loaded
from stg_logto__organizations o
left join stg_logto__organization_memberships m on m.organization_id = o.id
group by o.id, o.name, o.users_count having count(m.user_id) <> o.users_count
-- may be empty
