-- Who may call one API through a role, and in which organization?

select distinct u.email, o.name as organization, r.name as through
from stg_kinde__role_scopes s
join stg_kinde__apis a on a.id = s.api_id
join stg_kinde__roles r on r.id = s.role_id
join stg_kinde__role_users h on h.role_id = s.role_id
join stg_kinde__users u on u.id = h.user_id
join stg_kinde__organizations o on o.code = h.org_code
where a.name = 'Orders'
