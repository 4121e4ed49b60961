-- Which connections are enabled for several organizations?

select c.display_name, c.strategy, count(*) as organizations
from stg_kinde__organization_connections c
group by c.id, c.display_name, c.strategy having count(*) > 1
