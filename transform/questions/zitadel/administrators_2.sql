-- Who are the administrators of projects and project grants?

select p.name as project, o.name as granted_to, u.preferred_login_name, m.roles
from stg_zitadel__administrators m
join stg_zitadel__users u on u.id = m.user_id
join stg_zitadel__projects p on p.id = m.project_id
left join stg_zitadel__organizations o on o.id = m.granted_organization_id
where m.resource_type in ('project', 'project_grant')
