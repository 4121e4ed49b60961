-- Which projects have no roles, so that roles cannot limit access?

select p.name from stg_zitadel__projects p
where not exists (
  select 1 from stg_zitadel__project_roles r where r.project_id = p.id
)
