-- Which members have no second factor in their organization?

select o.name as organization, m.full_name, m.email, m.roles
from stg_kinde__organization_users m
join stg_kinde__organizations o on o.code = m.org_code
where not exists (
  select 1 from stg_kinde__organization_user_mfa f
  where f.org_code = m.org_code and f.user_id = m.id
)
