-- Which permissions are not granted by any role?

select p."key", p.name from stg_kinde__permissions p
where not exists (
  select 1 from stg_kinde__role_permissions g where g.id = p.id
)
