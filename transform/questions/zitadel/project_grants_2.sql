-- Which project grants are not used?

select g.project_name as project, g.granted_organization_name as granted_to, g.creation_date
from stg_zitadel__project_grants g
where not exists (
  select 1 from stg_zitadel__authorizations a
  where a.project_id = g.project_id and a.organization_id = g.granted_organization_id
)
