-- Which e-mail domains allow anybody with an address there to join?

select d.name, domain.value as domain
from stg_kinde__organization_details d
cross join lateral (select jsonb_array_elements_text(d.allowed_domains) as value) domain
