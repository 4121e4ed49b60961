-- Who belongs to which organization?

select o.name as organization, u.name, u.primary_email, u.is_suspended
from stg_logto__organization_memberships m
join stg_logto__organizations o on o.id = m.organization_id
join stg_logto__users u on u.id = m.user_id
