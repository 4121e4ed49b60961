-- Which scopes does each API have?

select a.name, a.audience, scope.value ->> 'key' as scope
from stg_kinde__apis a
cross join lateral (select jsonb_array_elements(a.scopes) as value) scope
