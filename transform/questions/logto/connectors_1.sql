-- Which social connectors are there, and how many users sign in with each?

select c.name ->> 'en' as name, c.target, count(distinct i.user_id) as users
from stg_logto__connectors c
left join stg_logto__user_identities i on i.target = c.target
where c.type = 'Social'
group by c.id, c.name, c.target
