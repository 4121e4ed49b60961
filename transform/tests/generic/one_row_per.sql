{#- Columns are a key: none of them is null, and no two rows have the same. -#}
{% test one_row_per(model, columns) %}
select {% for each in columns %}{{ adapter.quote(each) }}, {% endfor %}count(*) as row_count
from {{ model }}
group by {% for each in columns %}{{ adapter.quote(each) }}{{ ', ' if not loop.last }}{% endfor %}
having count(*) > 1 {% for each in columns %}or {{ adapter.quote(each) }} is null {% endfor %}
{% endtest %}
