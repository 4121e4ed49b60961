-- Which permissions have no description?

select p."key", p.name from stg_kinde__permissions p
where coalesce(p.description, '') = ''
