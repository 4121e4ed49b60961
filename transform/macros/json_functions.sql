{#- PostgreSQL's functions of JSON arrays, which `questions` use, for engines that lack them.

    Args:
        schema: Where they go: next to the staging views. -#}
{%- macro json_functions(schema) -%}{{ return(adapter.dispatch('json_functions', 'identity_access')(schema)) }}{%- endmacro -%}

{%- macro default__json_functions(schema) -%}{%- endmacro -%}

{%- macro duckdb__json_functions(schema) -%}
create or replace macro {{ schema }}.jsonb_array_elements(list) as unnest(json_extract(list, '$[*]'));
create or replace macro {{ schema }}.jsonb_array_elements_text(list) as unnest(json_extract_string(list, '$[*]'));
create or replace macro {{ schema }}.jsonb_array_length(list) as json_array_length(list);
{%- endmacro -%}
