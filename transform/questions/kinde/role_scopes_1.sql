-- Which roles grant which scopes of which API?

select r.name as role, a.name as api, string_agg(s."key", ', ' order by s."key") as scopes
from stg_kinde__role_scopes s
join stg_kinde__roles r on r.id = s.role_id
left join stg_kinde__apis a on a.id = s.api_id
group by r.id, r.name, a.id, a.name
