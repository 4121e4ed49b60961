-- How many users are in each department, according to their properties?

select p.value as department, count(*) as users
from stg_kinde__user_properties p
where p."key" = 'department'
group by p.value
