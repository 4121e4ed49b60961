-- Which applications may call the Management API? (This tap's is one of them.)

select a.id, a.name, a.type
from stg_kinde__api_applications a
join stg_kinde__apis p on p.id = a.api_id
where p.is_management_api and a.is_active
