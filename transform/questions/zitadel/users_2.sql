-- Which users have an unverified e-mail address?

select o.name as organization, u.display_name, u.email, u.creation_date
from stg_zitadel__users u
join stg_zitadel__organizations o on o.id = u.organization_id
where u.type = 'human' and not u.is_email_verified
