-- Which members hold no role?

select o.name as organization, m.full_name, m.email
from stg_kinde__organization_users m
join stg_kinde__organizations o on o.code = m.org_code
where coalesce(jsonb_array_length(m.roles), 0) = 0
