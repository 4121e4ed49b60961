-- Which members hold a role in an organization that they have not accessed for 90 days, or never?

select o.name as organization, m.full_name, m.email, m.roles, m.last_accessed_on
from stg_kinde__organization_users m
join stg_kinde__organizations o on o.code = m.org_code
where jsonb_array_length(m.roles) > 0
  and coalesce(m.last_accessed_on, m.joined_on) < now() at time zone 'utc' - interval '90 days'
