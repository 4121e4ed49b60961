{#- The looks of each stream: `looked_at`, `looked_before`, `is_new`.

    A look is a complete full run of a stream; `looked_before` is the one that the last build saw. A stream
    without a new look can tell nothing new. Whatever the query lacks then (its table was dropped, its source is
    not named any more, a first run was killed half-way), no version is closed.

    `identity_looks` is written after the histories, so that it cannot be a `ref` of theirs. -#}
{%- macro looks() -%}
{%- set before = load_relation(api.Relation.create(
      database=this.database, schema=this.schema, identifier='identity_looks')) if execute else none -%}
looks_before as (
    {%- if before %}
    select
        source_id,
        stream,
        looked_at
    from {{ before }}
    {%- else %}
    select
        {{ identity_access.null('text') }} as source_id,
        {{ identity_access.null('text') }} as stream,
        {{ identity_access.null('timestamp') }} as looked_at
    where false
    {%- endif %}
),

looks as (
    select
        status.source_id,
        status.stream,
        looks_before.looked_at as looked_before,
        coalesce(status.full_as_of > looks_before.looked_at, status.full_as_of is not null) as is_new,
        coalesce(status.full_as_of, status.last_run_at, {{ identity_access.now() }}) as looked_at
    from {{ ref('identity_stream_status') }} as status
    inner join {{ ref('identity_sources') }} as sources on status.source_id = sources.source_id
    left join looks_before
        on status.source_id = looks_before.source_id and status.stream = looks_before.stream
    where sources.loaded_streams like '%,' || status.stream || ',%'
)
{%- endmacro -%}


{#- When a change was noticed: at the look, or by the build itself if a run that was not complete has brought
    a row, or a stream other than the responsible one its state. -#}
{%- macro noticed_at() -%}
case when is_new or looked_before is null then looked_at else {{ identity_access.now() }} end
{%- endmacro -%}



{#- Why access came or went. -#}
{%- macro cause() -%}
case
    when is_switch then 'the grant is in force or not'
    when is_direct then 'itself'
    when is_giving_there then 'what gives it has changed'
    else 'with what gives it'
end
{%- endmacro -%}
