-- Which groups are empty?

select g.name from stg_zitadel__groups g
where not exists (
  select 1 from stg_zitadel__group_users m where m.group_id = g.id
)
