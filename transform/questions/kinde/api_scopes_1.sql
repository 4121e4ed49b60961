-- Which API scopes have no description?

select a.name as api, s."key"
from stg_kinde__api_scopes s
join stg_kinde__apis a on a.id = s.api_id
where coalesce(s.description, '') = ''
