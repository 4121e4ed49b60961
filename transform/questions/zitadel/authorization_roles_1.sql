-- Who holds which role in which project, and through which project grant?

select distinct u.preferred_login_name, p.name as project, h.role_key as role,
       g.granted_organization_name as granted_to
from stg_zitadel__authorization_roles h
join stg_zitadel__users u on u.id = h.user_id
join stg_zitadel__projects p on p.id = h.project_id
left join stg_zitadel__project_grants g on g.project_id = h.project_id
  and g.granted_organization_id = h.organization_id
where h.state = 'STATE_ACTIVE'
