-- Which permissions in Kinde's portal does nobody hold?

select s."key", s.description from stg_kinde__system_permissions s
where not exists (
  select 1 from stg_kinde__role_system_permissions p
  join stg_kinde__role_users h on h.role_id = p.role_id
  where p.id = s.id
)
-- may be empty
