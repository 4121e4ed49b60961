-- Which identities have never been used?

select u.email, d.type, d.name, c.display_name as connection, d.created_on
from stg_kinde__user_identity_details d
join stg_kinde__users u on u.id = d.user_id
left join stg_kinde__connections c on c.id = d.connection_id
where d.last_login_on is null
