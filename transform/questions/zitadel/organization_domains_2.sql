-- Which domains are in more than one organization?

select d.domain, string_agg(o.name, ', ' order by o.name) as organizations
from stg_zitadel__organization_domains d
join stg_zitadel__organizations o on o.id = d.organization_id
group by d.domain having count(*) > 1
-- may be empty
