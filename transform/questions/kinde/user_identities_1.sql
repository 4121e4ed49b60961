-- Which types of identities are there, and through which kinds of connections do they come?

select i.type, c.strategy, count(*) as identities, count(distinct i.user_id) as users
from stg_kinde__user_identities i
left join stg_kinde__connections c on c.id = i.connection_id
group by i.type, c.strategy
order by i.type, c.strategy
