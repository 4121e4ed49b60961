-- How many users have an identity through each connection?

select c.display_name, c.strategy, count(distinct i.user_id) as users
from stg_kinde__connections c
left join stg_kinde__user_identities i on i.connection_id = c.id
group by c.id, c.display_name, c.strategy
