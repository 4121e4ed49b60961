-- Which members hold no role?

select o.name as organization, u.name, u.primary_email
from stg_logto__organization_memberships m
join stg_logto__organizations o on o.id = m.organization_id
join stg_logto__users u on u.id = m.user_id
where not exists (
  select 1 from stg_logto__organization_member_roles r
  where r.organization_id = m.organization_id and r.user_id = m.user_id
)
