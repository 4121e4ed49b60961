-- Which suspended users still hold a role, tenant-wide or in an organization?

select u.name, u.primary_email, r.name as role, null as organization
from stg_logto__users u
join stg_logto__role_users h on h.user_id = u.id
join stg_logto__roles r on r.id = h.role_id
where u.is_suspended
union all
select u.name, u.primary_email, m.organization_role_name, o.name
from stg_logto__users u
join stg_logto__organization_member_roles m on m.user_id = u.id
join stg_logto__organizations o on o.id = m.organization_id
where u.is_suspended
