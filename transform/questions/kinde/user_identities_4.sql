-- Which users have both an enterprise and a non-enterprise identity, and could bypass enterprise sign-in?

select u.id, u.email,
       string_agg(distinct i.type, ', ' order by i.type)
         filter (where i.type <> 'enterprise') as also_through
from stg_kinde__users u
join stg_kinde__user_identities i on i.user_id = u.id
group by u.id, u.email
having bool_or(i.type = 'enterprise') and bool_or(i.type <> 'enterprise')
