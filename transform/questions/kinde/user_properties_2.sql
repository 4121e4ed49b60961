-- Which roles are held by only one or two users of a department?

select p.value as department, r.name as role, count(distinct h.user_id) as holders
from stg_kinde__user_properties p
join stg_kinde__role_users h on h.user_id = p.user_id
join stg_kinde__roles r on r.id = h.role_id
where p."key" = 'department'
group by p.value, r.id, r.name having count(distinct h.user_id) <= 2
