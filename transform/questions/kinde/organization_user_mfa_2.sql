-- How many members of each organization have a second factor?

select o.name as organization, count(distinct m.id) as members,
       count(distinct f.user_id) as with_factor
from stg_kinde__organizations o
join stg_kinde__organization_users m on m.org_code = o.code
left join stg_kinde__organization_user_mfa f
  on f.org_code = m.org_code and f.user_id = m.id
group by o.code, o.name
