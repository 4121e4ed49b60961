-- Which identity providers allow accounts to be created by signing in?

select i.name, i.type, coalesce(o.name, 'the instance') as belongs_to,
       i.is_creation_allowed, i.is_auto_creation
from stg_zitadel__identity_providers i
left join stg_zitadel__organizations o on o.id = i.organization_id
where (i.is_creation_allowed or i.is_auto_creation) and i.state = 'IDP_STATE_ACTIVE'
