-- Which roles grant each permission in Kinde's portal?

select s."key", s.description, string_agg(r.name, ', ' order by r.name) as given_by
from stg_kinde__system_permissions s
left join stg_kinde__role_system_permissions p on p.id = s.id
left join stg_kinde__roles r on r.id = p.role_id
group by s.id, s."key", s.description
