-- Which administrators have a password as their only authentication method?

select distinct u.display_name, u.email, m.resource_type
from stg_zitadel__administrators m
join stg_zitadel__users u on u.id = m.user_id
where u.type = 'human' and (
  select string_agg(f.auth_method, ', ' order by f.auth_method) from stg_zitadel__user_auth_methods f
  where f.user_id = u.id
) = 'AUTHENTICATION_METHOD_TYPE_PASSWORD'
