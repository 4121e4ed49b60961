-- How old is each organization?

select d.name, d.created_on, now() at time zone 'utc' - d.created_on as age
from stg_kinde__organization_details d
order by d.created_on
