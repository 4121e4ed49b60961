{#- The rows of a stream that are there now, of all sources of a system (or of all systems): the body
    of a staging model. Columns and their types are those that the model's YAML declares. What is not
    in the database gives no rows, or nulls.

    Args:
        system: Which sources; none for all.
        stream: The stream, which is the name of the raw table.
        key: The stream's primary key.
        is_incremental: Whether runs only see what is new, so that no run can tell what is gone. -#}
{%- macro staging(system, stream, key, is_incremental=false) -%}
  {%- set parts = [] -%}
  {%- for table in identity_access.raw_tables(system, stream) -%}
    {%- do parts.append(identity_access.live_rows(table, stream, key, is_incremental)) -%}
  {%- endfor -%}
  {{ parts | join('\nunion all\n') if parts else identity_access.no_rows() }}
{%- endmacro -%}


{#- The live rows of one raw table. -#}
{%- macro live_rows(table, stream, key, is_incremental) -%}
select
    {%- for column in model.columns.values() %}
    {% if column.name == 'source_id' -%}
      {{ identity_access.text(table.source.id) }}
    {%- elif column.name == 'sync_id' -%}
      {{ identity_access.typed(table.columns.get('_sync_id', table.columns.get('sync_id')), column.data_type) }}
    {%- else -%}
      {{ identity_access.typed(table.columns.get(column.name), column.data_type) }}
    {%- endif %} as {{ adapter.quote(column.name) }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ identity_access.latest_rows(table, key) }} as r
{%- if table.sync_runs and '_sync_id' in table.columns and not is_incremental %}
where coalesce(r.{{ table.columns['_sync_id'].quoted }}, '') >= coalesce((
    select max(sync_id) from {{ table.sync_runs }}
    where stream = '{{ stream }}' and status = 'complete' and mode = 'full'
), '')
{%- endif -%}
{%- endmacro -%}


{#- A raw table, or of one that is append-only the newest row of each key. -#}
{%- macro latest_rows(table, key) -%}
{%- if not var('raw_is_append_only') or '_sync_id' not in table.columns -%}
  {{ table.relation }}
{%- else -%}
(
    select * from (
        select all_rows.*, row_number() over (
            partition by {% for each in key if each in table.columns %}{{ table.columns[each].quoted }}{{ ', ' if not loop.last }}{% endfor %}
            order by {{ table.columns['_sync_id'].quoted }} desc
        ) as _newest
        from {{ table.relation }} as all_rows
    ) as numbered
    where _newest = 1
)
{%- endif -%}
{%- endmacro -%}


{#- The columns of the model, without rows. -#}
{%- macro no_rows() -%}
select
    {%- for column in model.columns.values() %}
    {{ identity_access.typed(none, column.data_type) }} as {{ adapter.quote(column.name) }}{{ ',' if not loop.last }}
    {%- else %}
    null as nothing
    {%- endfor %}
where false
{%- endmacro -%}
