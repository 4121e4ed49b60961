-- For which APIs are the API keys valid, and with which scopes?

select k.name, k.status, a.name as api, k.scopes
from stg_kinde__api_keys k
cross join lateral (select jsonb_array_elements_text(k.api_ids) as id) api
left join stg_kinde__apis a on a.id = api.id
