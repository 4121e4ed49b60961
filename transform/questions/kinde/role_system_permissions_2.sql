-- Who may change something in Kinde's portal, through a role?

select distinct u.email, o.name as organization, p."key" as permission
from stg_kinde__role_system_permissions p
join stg_kinde__role_users h on h.role_id = p.role_id
join stg_kinde__users u on u.id = h.user_id
join stg_kinde__organizations o on o.code = h.org_code
where p."key" not like '%:read:%'
