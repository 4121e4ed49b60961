-- Which permissions are not granted through a role?

select o.name as organization, u.email, p."key" as permission
from stg_kinde__organization_user_permissions p
join stg_kinde__users u on u.id = p.user_id
join stg_kinde__organizations o on o.code = p.org_code
where coalesce(jsonb_array_length(p.roles), 0) = 0
-- may be empty
