-- Who has joined an organization since the last review?

select o.name as organization, u.name, u.primary_email
from stg_logto__organization_memberships m
join stg_logto__organizations o on o.id = m.organization_id
join stg_logto__users u on u.id = m.user_id
where not exists (
  select 1 from reviewed_memberships r
  where r.organization_id = m.organization_id and r.user_id = m.user_id
)
