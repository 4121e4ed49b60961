-- Which organizations have no members?

select o.code, o.name from stg_kinde__organizations o
where not exists (
  select 1 from stg_kinde__organization_users m where m.org_code = o.code
)
