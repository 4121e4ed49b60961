-- Which applications may call which APIs?

select p.name as api, a.name as application
from stg_kinde__api_applications a
join stg_kinde__apis p on p.id = a.api_id
where a.is_active
