{#- A raw column in the type that its stream's schema declares, or null if it is not there. -#}
{%- macro typed(column, kind) -%}
  {%- if column is none -%}
    cast(null as {{ identity_access.sql_type(kind) }})
  {%- else -%}
    {%- set value = 'r.' ~ column.quoted -%}
    {%- if kind == 'json' -%}{{ identity_access.as_json(value, column.data_type) }}
    {%- elif kind == 'timestamp' -%}{{ identity_access.as_utc(value, column.data_type) }}
    {%- else -%}cast({{ value }} as {{ identity_access.sql_type(kind) }})
    {%- endif -%}
  {%- endif -%}
{%- endmacro -%}


{#- The database's type for a kind of column: text, integer, number, boolean, timestamp or json. -#}
{%- macro sql_type(kind) -%}
  {{ return({
    'text': dbt.type_string(), 'integer': dbt.type_bigint(), 'number': dbt.type_float(),
    'boolean': dbt.type_boolean(), 'timestamp': dbt.type_timestamp(), 'json': identity_access.json_type(),
  }[kind]) }}
{%- endmacro -%}


{%- macro json_type() -%}{{ return(adapter.dispatch('json_type', 'identity_access')()) }}{%- endmacro -%}
{%- macro postgres__json_type() -%}{{ return('jsonb') }}{%- endmacro -%}
{%- macro duckdb__json_type() -%}{{ return('json') }}{%- endmacro -%}


{#- An array or object as JSON, whatever the loader made of it: JSON, its text, or a type of the database. -#}
{%- macro as_json(value, data_type) -%}{{ return(adapter.dispatch('as_json', 'identity_access')(value, data_type)) }}{%- endmacro -%}

{%- macro postgres__as_json(value, data_type) -%}
  {%- if data_type in ('jsonb', 'json', 'text', 'character varying') -%}cast({{ value }} as jsonb)
  {%- else -%}to_jsonb({{ value }})
  {%- endif -%}
{%- endmacro -%}

{%- macro duckdb__as_json(value, data_type) -%}cast({{ value }} as json){%- endmacro -%}


{#- A time as a timestamp without zone, in UTC, whatever the loader made of it: that, one with a zone,
    or text as the taps send it. -#}
{%- macro as_utc(value, data_type) -%}
  {%- if data_type in ('timestamp', 'timestamp without time zone', 'datetime') -%}{{ value }}
  {%- else -%}cast(cast({{ value }} as timestamp with time zone) at time zone 'UTC' as {{ dbt.type_timestamp() }})
  {%- endif -%}
{%- endmacro -%}


{#- Statistics of a new table for the planner, where the engine does not gather them by itself in time. -#}
{%- macro analyze(relation) -%}{{ return(adapter.dispatch('analyze', 'identity_access')(relation)) }}{%- endmacro -%}
{%- macro default__analyze(relation) -%}{%- endmacro -%}
{%- macro postgres__analyze(relation) -%}analyze {{ relation }}{%- endmacro -%}
