{#- A text literal, or null as text. -#}
{%- macro text(value) -%}
  {%- if value is none -%}cast(null as {{ dbt.type_string() }})
  {%- else -%}cast({{ dbt.string_literal(dbt.escape_single_quotes(value)) }} as {{ dbt.type_string() }})
  {%- endif -%}
{%- endmacro -%}


{#- Text literals, separated by commas, of which no value is one if there are none. -#}
{%- macro text_list(values) -%}
{%- for value in values or [none] %}{{ identity_access.text(value) }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro -%}


{#- The text of a column, without blanks around it; null if there is none. -#}
{%- macro filled_text(column) -%}
nullif(trim(cast({{ column }} as {{ dbt.type_string() }})), '')
{%- endmacro -%}


{#- The time that the build is as of, the same for all its models: UTC, without a zone. -#}
{%- macro now() -%}
cast('{{ var("identity_now") or run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as {{ dbt.type_timestamp() }})
{%- endmacro -%}


{#- A null of a kind of column (see `sql_type`). -#}
{%- macro null(kind) -%}cast(null as {{ identity_access.sql_type(kind) }}){%- endmacro -%}


{#- The id of a thing in the model, readable and unlike that of anything else: SOURCE/KIND/ID.

    Args:
        kind: The kind of thing, a literal.
        values: The column, or columns, with the id that the vendor gave.
        row: The relation that has `source_id`, if it is not clear. -#}
{%- macro id(kind, values, row=none) -%}
{{ row ~ '.' if row }}source_id || '/{{ kind }}/' || {{ ([values] if values is string else values) | join(" || '/' || ") }}
{%- endmacro -%}


{#- The id of a source's tenant. -#}
{%- macro tenant_id(row=none) -%}{{ row ~ '.' if row }}source_id || '/tenant'{%- endmacro -%}


{#- The id of the membership of an organization, or of the tenant: one entitlement of a source, given at each. -#}
{%- macro membership_id(row=none) -%}{{ row ~ '.' if row }}source_id || '/membership'{%- endmacro -%}


{#- A short key for tables that are too large for a readable one: 20 hexadecimal digits. -#}
{%- macro short_hash(columns) -%}
substr({{ dbt.hash(columns | join(" || ' ' || ")) }}, 1, 20)
{%- endmacro -%}
