-- Do the authorizations in the warehouse match the events?

select e.aggregate_id as authorization_id, max(e.creation_date) as revoked_at
from stg_zitadel__events e
join stg_zitadel__authorizations a on a.id = e.aggregate_id
where e.event_type in ('user.grant.removed', 'user.grant.cascade.removed')
  and e.creation_date < (
    select max(r.started_at) from sync_runs r
    where r.stream = 'authorizations' and r.status = 'complete'
  )
group by e.aggregate_id
-- may be empty
