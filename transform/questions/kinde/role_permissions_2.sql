-- Who may remove members, and where?

select o.name as organization, u.email, r.name as through
from stg_kinde__role_permissions p
join stg_kinde__roles r on r.id = p.role_id
join stg_kinde__role_users h on h.role_id = p.role_id
join stg_kinde__users u on u.id = h.user_id
join stg_kinde__organizations o on o.code = h.org_code
where p."key" = 'delete:members'
