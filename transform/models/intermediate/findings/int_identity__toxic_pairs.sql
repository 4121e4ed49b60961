{#- The pairs that are switched on. -#}
select
    nullif(cast(system as {{ dbt.type_string() }}), '') as system,
    cast(pattern_a as {{ dbt.type_string() }}) as pattern_a,
    cast(pattern_b as {{ dbt.type_string() }}) as pattern_b,
    cast(reason as {{ dbt.type_string() }}) as reason
from {{ ref('identity_toxic_pairs') }}
where lower(cast(is_enabled as {{ dbt.type_string() }})) in ('true', 't', '1')
