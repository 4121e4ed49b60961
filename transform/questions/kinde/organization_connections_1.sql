-- Which connections are enabled for each organization?

select o.name as organization, c.display_name, c.strategy
from stg_kinde__organization_connections c
join stg_kinde__organizations o on o.code = c.org_code
