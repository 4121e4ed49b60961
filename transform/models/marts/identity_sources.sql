{%- for source in identity_access.sources() %}
select
    {{ identity_access.text(source.id) }} as source_id,
    {{ identity_access.text(source.system) }} as system,
    {{ identity_access.text(source.get('name', source.id)) }} as source_name,
    {{ identity_access.text(source.schema) }} as raw_schema,
    {{ identity_access.text(',' ~ identity_access.loaded_streams(source) | join(',') ~ ',') }} as loaded_streams
{{ 'union all' if not loop.last }}
{%- else %}
select
    {{ identity_access.text(none) }} as source_id,
    {{ identity_access.text(none) }} as system,
    {{ identity_access.text(none) }} as source_name,
    {{ identity_access.text(none) }} as raw_schema,
    {{ identity_access.text(none) }} as loaded_streams
where false
{%- endfor %}
