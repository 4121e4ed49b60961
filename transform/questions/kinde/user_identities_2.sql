-- Who signs in through which enterprise connection?

select c.display_name as connection, c.strategy, u.id, u.email, i."identity", u.last_signed_in
from stg_kinde__user_identities i
join stg_kinde__users u on u.id = i.user_id
left join stg_kinde__connections c on c.id = i.connection_id
where i.type = 'enterprise' and u.last_signed_in is not null
