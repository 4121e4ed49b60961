{#- Columns are a key: no two rows have the same, and none of them is null but those that may be. -#}
{% test one_row_per(model, columns, nullable=[]) %}
{%- set key = [] -%}
{%- for each in columns + nullable -%}{%- do key.append(adapter.quote(each)) -%}{%- endfor %}
select {{ key | join(', ') }}, count(*) as row_count
from {{ model }}
group by {{ key | join(', ') }}
having count(*) > 1 {% for each in columns %}or {{ adapter.quote(each) }} is null {% endfor %}
{% endtest %}
