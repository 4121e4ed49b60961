-- Who has which permission in which organization, according to either stream?

select p.org_code, p.user_id, p."key" as permission
from stg_kinde__organization_user_permissions p
union
select h.org_code, h.user_id, g."key"
from stg_kinde__role_users h
join stg_kinde__role_permissions g on g.role_id = h.role_id
