{#- A text literal, or null as text. -#}
{%- macro text(value) -%}
  {%- if value is none -%}cast(null as {{ dbt.type_string() }})
  {%- else -%}cast({{ dbt.string_literal(dbt.escape_single_quotes(value)) }} as {{ dbt.type_string() }})
  {%- endif -%}
{%- endmacro -%}


{#- The time that the build is as of, the same for all its models: UTC, without a zone. -#}
{%- macro now() -%}
cast('{{ var("identity_now") or run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as {{ dbt.type_timestamp() }})
{%- endmacro -%}
