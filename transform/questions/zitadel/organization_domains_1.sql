-- Which domains were never verified?

select o.name as organization, d.domain, d.validation_type
from stg_zitadel__organization_domains d
join stg_zitadel__organizations o on o.id = d.organization_id
where not d.is_verified
