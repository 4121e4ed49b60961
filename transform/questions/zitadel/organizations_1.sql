-- Which organizations have no administrators of their own?

select o.name, o.primary_domain, o.creation_date
from stg_zitadel__organizations o
where not exists (
  select 1 from stg_zitadel__administrators m
  where m.resource_type = 'organization' and m.resource_id = o.id
)
