-- Which groups are empty?

select g.display_name from stg_rudderstack__groups g
where not exists (
  select 1 from stg_rudderstack__group_members m where m.group_id = g.id
)
