-- Which members joined in the last 30 days?

select o.name as organization, m.full_name, m.email, m.joined_on, m.roles
from stg_kinde__organization_users m
join stg_kinde__organizations o on o.code = m.org_code
where m.joined_on > now() at time zone 'utc' - interval '30 days'
