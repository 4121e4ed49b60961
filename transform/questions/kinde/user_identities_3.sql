-- Which users were pre-provisioned for an enterprise connection and have never signed in?

select u.id, u.email, u.created_on, u.is_suspended,
       string_agg(c.display_name, ', ' order by c.display_name) as connections
from stg_kinde__users u
join stg_kinde__user_identities i on i.user_id = u.id
left join stg_kinde__connections c on c.id = i.connection_id
where i.type = 'enterprise' and u.last_signed_in is null
group by u.id, u.email, u.created_on, u.is_suspended
