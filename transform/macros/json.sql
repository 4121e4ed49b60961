{#- A join to the elements of a JSON array, as `alias.value`: text, or JSON. What is no array has none. -#}
{%- macro each_value(array, alias, kind='text') -%}
  {{ return(adapter.dispatch('each_value', 'identity_access')(array, alias, kind)) }}
{%- endmacro -%}

{%- macro postgres__each_value(array, alias, kind) -%}
cross join lateral jsonb_array_elements{{ '_text' if kind == 'text' }}(
    case when jsonb_typeof({{ array }}) = 'array' then {{ array }} else '[]' end
) as {{ alias }} (value)
{%- endmacro -%}

{%- macro duckdb__each_value(array, alias, kind) -%}
cross join lateral (
    select unnest(cast(
        case when json_type({{ array }}) = 'ARRAY' then {{ array }} else '[]' end
        as {{ 'varchar' if kind == 'text' else 'json' }}[]
    )) as value
) as {{ alias }}
{%- endmacro -%}


{#- The number of elements of a JSON array; 0 of what is none. -#}
{%- macro array_size(array) -%}{{ return(adapter.dispatch('array_size', 'identity_access')(array)) }}{%- endmacro -%}

{%- macro postgres__array_size(array) -%}
(case when jsonb_typeof({{ array }}) = 'array' then jsonb_array_length({{ array }}) else 0 end)
{%- endmacro -%}

{%- macro duckdb__array_size(array) -%}coalesce(json_array_length({{ array }}), 0){%- endmacro -%}


{#- A field of a JSON object, as text. -#}
{%- macro text_field(object, name) -%}({{ object }} ->> '{{ name }}'){%- endmacro -%}


{#- A field of a JSON object, as JSON. -#}
{%- macro json_field(object, name) -%}({{ object }} -> '{{ name }}'){%- endmacro -%}


{#- Whether a JSON array has a text among its elements. -#}
{%- macro has_text(array, value) -%}
  {{ return(adapter.dispatch('has_text', 'identity_access')(array, value)) }}
{%- endmacro -%}

{%- macro postgres__has_text(array, value) -%}({{ array }} @> to_jsonb({{ value }})){%- endmacro -%}
{%- macro duckdb__has_text(array, value) -%}json_contains({{ array }}, to_json({{ value }})){%- endmacro -%}
