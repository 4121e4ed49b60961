-- Which administrators are not active, or belong to an organization other than the one they administer?

select u.preferred_login_name, u.state, home.name as belongs_to, o.name as administers, m.roles
from stg_zitadel__administrators m
join stg_zitadel__users u on u.id = m.user_id
left join stg_zitadel__organizations home on home.id = u.organization_id
left join stg_zitadel__organizations o on o.id = coalesce(m.granted_organization_id, m.organization_id)
where (u.state <> 'USER_STATE_ACTIVE'
       or u.organization_id <> coalesce(m.granted_organization_id, m.organization_id))
