-- How many applications of each type are there?

select a.type, count(*) as applications, string_agg(a.name, ', ' order by a.name) as names
from stg_kinde__applications a
group by a.type
