-- Which identity providers belong to organizations?

select o.name as organization, i.name, i.type, i.state, i.is_linking_allowed, i.is_auto_update
from stg_zitadel__identity_providers i
join stg_zitadel__organizations o on o.id = i.organization_id
where i.owner = 'IDP_OWNER_TYPE_ORG'
