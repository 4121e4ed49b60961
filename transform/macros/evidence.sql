{#- What it means if streams are not complete and current: the severity of the test, `warn` or `error`. -#}
{%- macro evidence() -%}
  {%- if var('evidence') not in ('warn', 'error') -%}
    {%- do exceptions.raise_compiler_error('evidence: it is `warn` or `error`, and not `' ~ var('evidence') ~ '`') -%}
  {%- endif -%}
  {{ return(var('evidence')) }}
{%- endmacro -%}


{#- At the end of a command that builds `identity_evidence_gaps`: a line for each of its rows. -#}
{%- macro report_evidence(results) -%}
  {%- for result in results if result.node.name == 'identity_evidence_gaps' and result.status == 'success' -%}
    {%- set rows = run_query(
          'select source_id, stream, state, reason from ' ~ result.node.relation_name ~ ' order by 1, 2').rows -%}
    {%- do log(
          rows | length ~ ' gaps in the evidence (`evidence: ' ~ identity_access.evidence() ~ '`):'
          if rows else 'All streams are complete and current.', info=true) -%}
    {%- for row in rows -%}
      {%- do log('  ' ~ row[0] ~ ('.' ~ row[1] if row[1] else '') ~ ' is ' ~ row[2] ~ ': ' ~ row[3], info=true) -%}
    {%- endfor -%}
  {%- endfor -%}
{%- endmacro -%}
