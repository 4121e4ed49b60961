-- Which keys of organization metadata are in use?

select o.name, m."key", m.value, m.change_date
from stg_zitadel__organization_metadata m
join stg_zitadel__organizations o on o.id = m.organization_id
order by o.name, m."key"
