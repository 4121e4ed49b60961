-- Which organization scopes have no description?

select s.name from stg_logto__organization_scopes s
where s.description is null
