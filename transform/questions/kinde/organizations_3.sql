-- Which organizations were deleted?

-- raw tables, which keep the rows that are gone
select o.code, o.name,
       min(gone.ended_at) as noticed_gone
from organizations o
join sync_runs gone
  on gone.stream = 'organizations' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > o._sync_id
group by o.code, o.name
