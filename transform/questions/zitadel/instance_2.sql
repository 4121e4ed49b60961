-- Which domains does the instance have?

select i.name, d.domain
from stg_zitadel__instance i cross join lateral (select jsonb_array_elements_text(i.domains) as domain) d
