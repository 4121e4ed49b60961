-- Who has been given a role since the last review?

select o.name as organization, r.name as role, u.email
from stg_kinde__role_users h
join stg_kinde__roles r on r.id = h.role_id
join stg_kinde__users u on u.id = h.user_id
join stg_kinde__organizations o on o.code = h.org_code
where not exists (
  select 1 from reviewed_roles k
  where k.role_id = h.role_id and k.user_id = h.user_id and k.org_code = h.org_code
)
