-- Which users are not active, and what is their state?

select o.name as organization, u.preferred_login_name, u.state, u.change_date
from stg_zitadel__users u
join stg_zitadel__organizations o on o.id = u.organization_id
where u.state <> 'USER_STATE_ACTIVE'
