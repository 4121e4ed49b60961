-- Which users without a second factor may remove members?

select distinct u.email, r.name as role, o.name as organization
from stg_kinde__users u
join stg_kinde__role_users h on h.user_id = u.id
join stg_kinde__roles r on r.id = h.role_id
join stg_kinde__role_permissions p on p.role_id = h.role_id
join stg_kinde__organizations o on o.code = h.org_code
where p."key" = 'delete:members' and u.is_suspended is not true
  and not exists (
    select 1 from stg_kinde__user_mfa f where f.user_id = u.id
  )
