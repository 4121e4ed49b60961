-- Which permissions does each role grant?

select r.name as role, string_agg(p."key", ', ' order by p."key") as permissions
from stg_kinde__role_permissions p
join stg_kinde__roles r on r.id = p.role_id
group by r.id, r.name
