-- Who signs in through which identity provider?

select u.display_name, u.email, i.name as provider, l.provided_user_name
from stg_zitadel__user_idp_links l
join stg_zitadel__users u on u.id = l.user_id
left join stg_zitadel__identity_providers i on i.id = l.idp_id
