-- Which applications have no access role?

select a.name, a.type from stg_kinde__applications a
where a.type <> 'm2m' and not exists (
  select 1 from stg_kinde__application_access_roles r
  where r.application_id = a.id
)
