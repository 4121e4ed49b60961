{#- No control is passed, or accepted, unless all that it needs was read and says enough. -#}
{% test passed_on_complete_evidence(model) %}
select control_id, source_id, status, evidence
from {{ model }}
where status in ('passed', 'accepted') and (evidence <> 'complete' or undecided > 0 or as_of is null)
{% endtest %}
