select
    state,
    count(*) as findings
from ({findings}) as findings
where severity <> 'info'
group by state
order by state
