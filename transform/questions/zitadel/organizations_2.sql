-- Which organizations were deleted since the last review?

-- raw tables, which keep the rows that are gone
select o.name, o.primary_domain,
       min(gone.ended_at) as noticed_gone
from organizations o
join sync_runs gone
  on gone.stream = 'organizations' and gone.status = 'complete' and gone.mode = 'full'
  and gone.sync_id > o._sync_id
group by o.id, o.name, o.primary_domain
having min(gone.ended_at) > now() at time zone 'utc' - interval '90 days'
