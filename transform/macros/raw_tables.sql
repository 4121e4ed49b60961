{#- The vendors. -#}
{%- macro systems() -%}{{ return(['kinde', 'logto', 'rudderstack', 'zitadel']) }}{%- endmacro -%}


{#- The configured sources of a system, or of all.

    Raises: An entry lacks something, names an unknown system, or an id is used twice or has characters
        that would make the ids of the model unclear. -#}
{%- macro sources(system=none) -%}
  {%- set found, ids = [], [] -%}
  {%- for source in var('identity_sources') -%}
    {%- if not (source.id and source.schema and source.system in identity_access.systems()) -%}
      {%- do exceptions.raise_compiler_error(
            'identity_sources: each entry needs an `id`, a `schema` and a `system`, which is kinde, logto, '
            ~ 'rudderstack or zitadel; this one is ' ~ source) -%}
    {%- endif -%}
    {%- if not modules.re.fullmatch('[A-Za-z0-9_.-]+', source.id) -%}
      {%- do exceptions.raise_compiler_error(
            'identity_sources: an `id` has only letters, digits, and _ . -; this one is `' ~ source.id ~ '`') -%}
    {%- endif -%}
    {%- if source.id in ids -%}
      {%- do exceptions.raise_compiler_error('identity_sources: two entries have the id `' ~ source.id ~ '`') -%}
    {%- endif -%}
    {%- do ids.append(source.id) -%}
    {%- if system in (none, source.system) -%}{%- do found.append(source) -%}{%- endif -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro -%}


{#- The tables that hold a stream, one for each source where it is loaded: `source`, `relation`,
    `columns` by name (`quoted`, `data_type`), and `sync_runs`, the relation with the verdicts of runs
    if there is one. -#}
{%- macro raw_tables(system, stream) -%}
  {%- set found = [] -%}
  {%- for source in (identity_access.sources(system) if execute else []) -%}
    {%- set database = source.get('database', target.database) -%}
    {%- set tables = identity_access.raw_columns(database).get(source.schema, {}) -%}
    {%- if stream in tables -%}
      {%- do found.append({
            'source': source,
            'relation': api.Relation.create(database=database, schema=source.schema, identifier=stream),
            'columns': tables[stream],
            'sync_runs': api.Relation.create(database=database, schema=source.schema, identifier='sync_runs')
              if 'sync_runs' in tables else none,
          }) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro -%}


{#- The streams that have a raw table in a source. -#}
{%- macro loaded_streams(source) -%}
  {%- set tables = identity_access.raw_columns(source.get('database', target.database)) if execute else {} -%}
  {{ return(tables.get(source.schema, {}) | list | sort) }}
{%- endmacro -%}


{#- What the sources' schemas in a database hold: schema → table → column → `quoted`, `data_type`.
    The database is asked once per invocation of dbt: the answer is kept in `graph`, which all models
    of an invocation share. -#}
{%- macro raw_columns(database) -%}
  {%- set cache = 'identity_raw_columns ' ~ database -%}
  {%- if cache not in graph -%}
    {%- set schemas = identity_access.sources() | map(attribute='schema') | unique | list -%}
    {%- set columns = {} -%}
    {%- for row in (run_query(identity_access.raw_columns_query(database, schemas)) if schemas else []) -%}
      {%- set table = columns.setdefault(row[0], {}).setdefault(row[1], {}) -%}
      {%- do table.update({row[2]: {'quoted': adapter.quote(row[2]), 'data_type': row[3] | lower}}) -%}
    {%- endfor -%}
    {%- do graph.update({cache: columns}) -%}
  {%- endif -%}
  {{ return(graph[cache]) }}
{%- endmacro -%}


{%- macro raw_columns_query(database, schemas) -%}
select table_schema, table_name, column_name, data_type
from information_schema.columns
where table_catalog = {{ dbt.string_literal(database) }}
  and table_schema in ({% for each in schemas %}{{ dbt.string_literal(dbt.escape_single_quotes(each)) }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro -%}
