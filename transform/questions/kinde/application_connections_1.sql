-- Which connections can be used to sign in to each application?

select a.name as application, string_agg(c.display_name, ', ' order by c.display_name) as through
from stg_kinde__application_connections c
join stg_kinde__applications a on a.id = c.application_id
group by a.id, a.name
