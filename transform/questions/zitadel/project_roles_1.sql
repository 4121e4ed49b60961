-- Which roles does nobody hold?

select p.name as project, r."key", r.display_name, r.role_group
from stg_zitadel__project_roles r
join stg_zitadel__projects p on p.id = r.project_id
where not exists (
  select 1 from stg_zitadel__authorization_roles h
  where h.project_id = r.project_id and h.role_key = r."key"
)
