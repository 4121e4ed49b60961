-- Which roles grant more than read access in Kinde's portal?

select r.name as role, string_agg(p."key", ', ' order by p."key") as permissions
from stg_kinde__role_system_permissions p
join stg_kinde__roles r on r.id = p.role_id
where p."key" not like '%:read:%'
group by r.id, r.name
