-- Which API keys have never been used?

select k.name, k.type, k.status, k.created_by, k.created_on
from stg_kinde__api_keys k
where k.last_verified_on is null
order by k.created_on
