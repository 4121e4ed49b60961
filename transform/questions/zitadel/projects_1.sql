-- Which projects allow users to sign in without holding a role in the project?

select o.name as organization, p.name as project, p.project_access_required
from stg_zitadel__projects p
join stg_zitadel__organizations o on o.id = p.organization_id
where not p.authorization_required and p.state = 'PROJECT_STATE_ACTIVE'
