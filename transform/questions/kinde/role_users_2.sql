-- Which suspended users still hold a role?

select u.email, r.name as role, o.name as organization
from stg_kinde__role_users h
join stg_kinde__users u on u.id = h.user_id
join stg_kinde__roles r on r.id = h.role_id
join stg_kinde__organizations o on o.code = h.org_code
where u.is_suspended
