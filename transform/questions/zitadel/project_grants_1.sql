-- Which projects are granted to which organizations, and with which roles?

select o.name as organization, g.project_name as project,
       g.granted_organization_name as granted_to, g.granted_role_keys, g.state
from stg_zitadel__project_grants g
join stg_zitadel__organizations o on o.id = g.organization_id
order by organization, project, granted_to
