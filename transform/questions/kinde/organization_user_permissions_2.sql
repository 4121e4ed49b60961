-- Which permissions does Kinde return that do not follow from the member's roles?

select o.name as organization, u.email, p."key" as permission
from stg_kinde__organization_user_permissions p
join stg_kinde__users u on u.id = p.user_id
join stg_kinde__organizations o on o.code = p.org_code
where not exists (
  select 1 from stg_kinde__role_users h
  join stg_kinde__role_permissions g on g.role_id = h.role_id
  where h.org_code = p.org_code and h.user_id = p.user_id and g.id = p.id
)
-- may be empty
