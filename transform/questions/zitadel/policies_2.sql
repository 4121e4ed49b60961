-- Which organizations have policies of their own?

select o.name as organization, p.type, p.policy
from stg_zitadel__policies p
join stg_zitadel__organizations o on o.id = p.organization_id
where not p.is_default
