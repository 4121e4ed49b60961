-- Which organizations allow sign-in without a second factor?

select o.name as organization, p.is_default, p.policy -> 'second_factors' as offered
from stg_zitadel__policies p
join stg_zitadel__organizations o on o.id = p.organization_id
where p.type = 'login' and not coalesce((p.policy ->> 'force_mfa')::boolean, false)
